"""Tells whoever listens that an environment or a build has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.environment import Environment, EnvironmentEvent

#: A listener that is this many changes behind is told to start over.
MAX_BEHIND = 1000


@dataclass(frozen=True)
class Change:
    """What has changed, and the environment that says who may see it, as it is and as it was."""

    event: EnvironmentEvent
    now: Environment
    before: Environment | None = None


class Changes:
    """Hands each change to each listener."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Change | None]] = set()

    def environment_changed(self, now: Environment, before: Environment | None = None) -> None:
        """An environment was added, or is not what it was."""
        event = EnvironmentEvent(type="environment", environment=now.name)
        self._publish(Change(event, now, before))

    def environment_deleted(self, environment: Environment) -> None:
        """An environment is gone."""
        event = EnvironmentEvent(type="deleted", environment=environment.name)
        self._publish(Change(event, environment))

    def build_changed(self, build: Build, environment: Environment) -> None:
        """A build was queued, or has come to another status or another step."""
        event = EnvironmentEvent(type="build", environment=environment.name, build=build)
        self._publish(Change(event, environment))

    def _publish(self, change: Change) -> None:
        for queue in list(self._listeners):
            if queue.full():
                self._listeners.discard(queue)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(change)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Change]]:
        """The changes from now on; ends for a listener that has fallen too far behind."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(MAX_BEHIND)
        self._listeners.add(queue)
        try:
            yield _drain(queue)
        finally:
            self._listeners.discard(queue)


async def _drain(queue: asyncio.Queue[Change | None]) -> AsyncIterator[Change]:
    while (change := await queue.get()) is not None:
        yield change
