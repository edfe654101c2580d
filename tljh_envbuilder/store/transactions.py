"""Methods that are transactions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.store.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class Transactional:
    """Base of classes whose methods are transactions on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database


S = TypeVar("S", bound=Transactional)


def reads(
    method: Callable[Concatenate[S, AsyncSession, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Call the method with a session that sees the database as it is at one moment."""

    @wraps(method)
    async def transaction(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.read(lambda session: method(self, session, *args, **kwargs))

    return transaction


def writes(
    method: Callable[Concatenate[S, AsyncSession, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Call the method with a session whose changes are kept together when it returns, or not."""

    @wraps(method)
    async def transaction(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.write(lambda session: method(self, session, *args, **kwargs))

    return transaction
