"""Which database is used, and what happens when it does not work."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Engine, event

from tljh_envbuilder.errors import ConfigurationError, DatabaseUnavailable
from tljh_envbuilder.store import database
from tljh_envbuilder.store.address import parse_database_url, shown
from tljh_envbuilder.store.store import Store

SECRET = "S3cret"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", "sqlite+aiosqlite:////state/envbuilder.sqlite"),
        ("sqlite:////data/my.sqlite", "sqlite+aiosqlite:////data/my.sqlite"),
        ("postgresql://u:p@h:5433/d", "postgresql+asyncpg://u:p@h:5433/d"),
        ("postgres://h/d", "postgresql+asyncpg://h/d"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
        ("postgresql://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
    ],
)
def test_the_setting_says_which_database(setting: str, expected: str) -> None:
    url = parse_database_url(setting, Path("/state"))

    assert url.render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "setting",
    [
        SECRET,
        f"mysql://user:{SECRET}@host/database",
        f"postgresql+psycopg2://user:{SECRET}@host/database",
        f"postgresql://user:{SECRET}@host:port/database",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file.sqlite?mode=ro",
    ],
)
async def test_a_setting_that_cannot_be_used_is_refused_in_a_sentence(
    setting: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"database_url.*\.$") as raised:
        await Store(database_url=setting).open(tmp_path)

    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_postgresql_needs_its_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)

    with pytest.raises(ConfigurationError, match=r"tljh-envbuilder\[postgresql\]"):
        await Store(database_url="postgresql://localhost/database").open(tmp_path)


async def test_no_password_is_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    setting = f"postgresql://user:{SECRET}@127.0.0.1:1/database?password={SECRET}"

    with pytest.raises(DatabaseUnavailable, match=r"^The database does not answer\.$") as raised:
        await Store(database_url=setting).open(tmp_path)

    assert SECRET not in str(raised.value)
    assert SECRET not in caplog.text
    url = parse_database_url(setting, tmp_path)
    assert shown(url) == "PostgreSQL database database on 127.0.0.1:1"


async def test_a_database_that_is_not_there_is_unavailable(
    postgresql_url: str, tmp_path: Path
) -> None:
    setting = postgresql_url.rpartition("/")[0] + "/absent"

    with pytest.raises(DatabaseUnavailable):
        await Store(database_url=setting).open(tmp_path)


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    store = Store()
    await store.open(tmp_path)
    await store.ping()

    modes = modes_in(tmp_path)

    assert modes["envbuilder.sqlite"] == 0o600
    assert set(modes.values()) == {0o600}
    await store.close()


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "envbuilder.sqlite"
    file.touch(mode=0o644)
    store = Store()
    await store.open(tmp_path)
    await store.close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_sqlite_is_set_up_for_many_readers_and_for_foreign_keys(tmp_path: Path) -> None:
    url = parse_database_url("", tmp_path)
    engine = database.connect(url)
    pragmas = {}
    async with engine.connect() as connection:
        for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout"):
            result = await connection.exec_driver_sql(f"PRAGMA {name}")
            pragmas[name] = result.scalar_one()
    await engine.dispose()

    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": database.BUSY_TIMEOUT,
    }


@pytest.mark.parametrize("name", ["absent/envbuilder.sqlite", "folder"])
async def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    os.mkdir(tmp_path / "folder", mode=0o755)

    with pytest.raises(ConfigurationError, match=rf"^The database file /.*/{name} .*\.$"):
        await Store(database_url=f"sqlite:///{tmp_path}/{name}").open(tmp_path)

    assert modes_in(tmp_path) == {"folder": 0o755}


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "envbuilder.sqlite").write_bytes(b"not a database at all" * 1000)

    with pytest.raises(DatabaseUnavailable):
        await Store().open(tmp_path)


async def test_a_ping_tells_whether_the_database_answers(tmp_path: Path) -> None:
    store = Store()
    await store.open(tmp_path)
    await store.ping()
    with closing(sqlite3.connect(tmp_path / "envbuilder.sqlite")) as connection:
        connection.execute("DROP TABLE environments")

    with pytest.raises(DatabaseUnavailable):
        await store.ping()
    await store.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_connections_that_the_server_closed_are_made_again(
    store: Store, database_url: str
) -> None:
    await store.ping()
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()

    await store.ping()


async def test_a_database_that_another_program_locks_is_unavailable_and_then_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 50)
    store = Store()
    await store.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "envbuilder.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")

        await store.ping()
        with pytest.raises(DatabaseUnavailable, match="Another program keeps the database locked"):
            await store.queue.take_back()
        other.rollback()

    assert await store.queue.take_back() == []
    await store.close()


async def test_readers_do_not_wait_for_writers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 120_000)
    store = Store()
    await store.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "envbuilder.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        writers = [asyncio.create_task(store.queue.take_back()) for _ in range(50)]
        await asyncio.sleep(0.1)

        await asyncio.wait_for(store.ping(), timeout=60)

        assert not any(writer.done() for writer in writers)
        other.rollback()
    assert await asyncio.gather(*writers) == [[]] * 50
    await store.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """SQLite databases that are opened now may not grow."""

    def limit(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA max_page_count = 1")
        cursor.close()

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


async def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with full_disk():
        store = Store()
        with pytest.raises(DatabaseUnavailable, match="disk that holds the database is full"):
            await store.open(tmp_path)
