"""Reading the logs of builds, for those who may see the builds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.environments.environments import Environments
from tljh_envbuilder.errors import BuildNotFound
from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store


@dataclass(frozen=True)
class Log:
    """The log of a build that the caller may see."""

    _build: Build
    _logs: BuildLogs
    _store: Store

    def text(self) -> AsyncIterator[bytes]:
        """The output alone, as far as there is any by now, in UTF-8."""
        return self._logs.text(self._build.id)

    def follow(self, *, position: int) -> AsyncIterator[bytes]:
        """Server-sent events from that position on, to the end of the build."""
        return self._logs.follow(self._build.id, position=position)

    async def require_seen(self, caller: Caller) -> None:
        """Raises BuildNotFound when the caller may no longer see the build.

        One question to the database, as each of a thousand readers asks it again and again.
        """
        if not await self._store.environments.visible(self._build.environment, caller):
            raise BuildNotFound(self._build.id)


class Logs:
    """Opens the logs of builds."""

    def __init__(
        self, *, environments: Environments, queue: BuildQueue, logs: BuildLogs, store: Store
    ) -> None:
        self._environments = environments
        self._queue = queue
        self._logs = logs
        self._store = store

    async def open(self, caller: Caller, build_id: int) -> Log:
        """Raises BuildNotFound, also for a build of what the caller may not see."""
        build = await self._environments.build(caller, build_id)
        if build.status.has_ended and not self._queue.writes_log_of(build.id):
            # A crash may have come between the row and the log; readers wait for the final status.
            self._logs.end(build.id, build.status)
        return Log(build, self._logs, self._store)
