"""The changes that somebody may see, as they happen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tljh_envbuilder.builds.changes import Change, Changes
from tljh_envbuilder.environments.access import may_see
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import EnvironmentEvent
from tljh_envbuilder.store.store import Store


class Feed:
    """The changes for one reader."""

    def __init__(self, caller: Caller, changes: AsyncIterator[Change], store: Store) -> None:
        self._caller = caller
        self._changes = changes
        self._store = store
        # Builds that run are heard of often, and who may see them is a question to the database.
        self._visible: dict[str, bool] = {}

    def renew(self, caller: Caller) -> None:
        """Go on for the reader as the Hub knows them now; groups may have changed."""
        self._caller = caller
        self._visible.clear()

    async def events(self) -> AsyncIterator[EnvironmentEvent]:
        """The changes as events; what the reader may no longer see is gone for them."""
        async for change in self._changes:
            event = change.event
            if not await self._is_seen(change):
                if change.before is None or not may_see(self._caller, change.before):
                    continue
                event = EnvironmentEvent(type="deleted", environment=event.environment)
            yield event

    async def _is_seen(self, change: Change) -> bool:
        """Whether the reader may see what has changed.

        A build began with the visibility of then; that of now counts.
        """
        name = change.event.environment
        if change.event.type == "build":
            if name not in self._visible:
                environments = self._store.environments
                self._visible[name] = await environments.visible(name, self._caller)
            return self._visible[name]
        is_seen = may_see(self._caller, change.now)
        self._visible[name] = is_seen and change.event.type == "environment"
        return is_seen


class Feeds:
    """Opens feeds."""

    def __init__(self, *, changes: Changes, store: Store) -> None:
        self._changes = changes
        self._store = store

    @asynccontextmanager
    async def open(self, caller: Caller) -> AsyncIterator[Feed]:
        """The changes from now on; they end for a reader that has fallen too far behind."""
        async with self._changes.listen() as changes:
            yield Feed(caller, changes, self._store)
