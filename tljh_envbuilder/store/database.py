"""The connection to the database: transactions, and the one place that translates its errors."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from json import dumps
from logging import Logger
from typing import Any, TypeVar

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from tljh_envbuilder.errors import ConfigurationError, DatabaseUnavailable
from tljh_envbuilder.store.address import is_sqlite
from tljh_envbuilder.store.columns import clean

T = TypeVar("T")

_NO_ANSWER = (DBAPIError, PoolTimeout, sqlite3.Error, OSError, asyncio.TimeoutError)

#: How long SQLite waits for another program that writes, in milliseconds.
BUSY_TIMEOUT = 10_000
#: How long to wait for PostgreSQL to accept a connection, and to answer, in seconds.
CONNECT_TIMEOUT = 10
ANSWER_TIMEOUT = 30


class Database:
    """Sessions on one database.

    SQLite lets one connection write at a time, and a transaction that reads first and then writes
    fails at once when another has written in between. So writers queue in `_one_writer`, and their
    transactions begin with BEGIN IMMEDIATE, which waits for writers outside of this process.
    Readers never wait (write-ahead log).
    """

    def __init__(self, url: URL, *, log: Logger) -> None:
        self._log = log
        self.engine = connect(url)
        self._one_writer = asyncio.Lock() if is_sqlite(url) else nullcontext()
        # What one read returns is of one moment, in however many queries it is read.
        options: dict[str, Any] = {} if is_sqlite(url) else {"isolation_level": "REPEATABLE READ"}
        self._readers = async_sessionmaker(self.engine.execution_options(**options))
        self._writers = async_sessionmaker(
            self.engine.execution_options(writes=True), expire_on_commit=False
        )

    async def read(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """What `work` returns for a session that sees the database as it is at one moment."""

        async def transaction() -> T:
            with translated_errors(self._log):
                async with self._readers.begin() as session:
                    return await work(session)

        return await _to_its_end(transaction())

    async def write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """The same for work that changes something: all of it is kept, or nothing."""

        async def transaction() -> T:
            with translated_errors(self._log):
                async with self._one_writer, self._writers.begin() as session:
                    return await work(session)

        return await _to_its_end(transaction())

    async def close(self) -> None:
        """Close the connections."""
        await self.engine.dispose()


async def _to_its_end(transaction: Coroutine[Any, Any, T]) -> T:
    """Let a transaction come to its end although its caller is cancelled, who waits for that.

    A driver that is interrupted can leave its connection behind, and SQLite's lock with it.
    """
    task = asyncio.ensure_future(transaction)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@contextmanager
def translated_errors(log: Logger) -> Iterator[None]:
    """Turn what drivers raise when a database does not work into DatabaseUnavailable.

    A broken constraint is the caller's to understand, and a wrong statement is our own mistake.
    """
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        raise
    except _no_answer() as error:
        reason = getattr(error, "orig", None) or error
        log.error("The database does not work: %s", reason)
        raise DatabaseUnavailable(_sentence(str(reason).lower())) from error


def _no_answer() -> tuple[type[Exception], ...]:
    """SQLAlchemy passes on what asyncpg raises while it connects; only then it is imported."""
    asyncpg = sys.modules.get("asyncpg")
    if asyncpg is None:
        return _NO_ANSWER
    own = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    return (*_NO_ANSWER, *own)


def _sentence(reason: str) -> str:
    if "locked" in reason:
        return "Another program keeps the database locked."
    if "disk is full" in reason or "no space left" in reason:
        return "The disk that holds the database is full."
    if "readonly" in reason or "read-only" in reason:
        return "The database cannot be written to."
    return "The database does not answer."


def connect(url: URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """The engine for a database; it connects when it is first used.

    Migrations of SQLite do without `foreign_keys`: they replace whole tables, and dropping one
    would delete what refers to it.
    """
    options: dict[str, Any] = {"poolclass": AsyncAdaptedQueuePool, "json_serializer": _json}
    if is_sqlite(url):
        engine = create_async_engine(url, **options)
        _prepare_sqlite(engine, foreign_keys=foreign_keys)
        return engine
    timeouts = {"timeout": CONNECT_TIMEOUT, "command_timeout": ANSWER_TIMEOUT}
    try:
        return create_async_engine(url, pool_pre_ping=True, connect_args=timeouts, **options)
    except ModuleNotFoundError:
        raise ConfigurationError(
            "PostgreSQL needs one more package: pip install 'tljh-envbuilder[postgresql]'."
        ) from None


def _json(value: Any) -> str:
    return clean(dumps(value, ensure_ascii=False))


def _prepare_sqlite(engine: AsyncEngine, *, foreign_keys: bool) -> None:
    """Let SQLAlchemy begin transactions rather than sqlite3, which leaves out reads and DDL."""

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute(f"PRAGMA foreign_keys = {int(foreign_keys)}")
        except Exception:
            # Not yet in the pool, which would close it.
            connection.close()
            raise
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
