"""The queue: which build runs when."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TypeVar

from traitlets import Integer
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.background import surviving, wait_for_event
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.builds.runner import BuildRunner
from tljh_envbuilder.errors import EnvironmentNotFound
from tljh_envbuilder.models.build import Build, BuildStatus
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.events import StatusChange
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store

#: The queue looks after this many seconds by itself: after the database has failed, and for builds
#: that nobody has announced, because the database did not say any more that it has them.
INTERVAL = 5.0

B = TypeVar("B", bound=Build)


@dataclass(frozen=True)
class _Run:
    record: BuildRecord
    task: asyncio.Task[None]


class BuildQueue(LoggingConfigurable):
    """Runs builds in order of arrival, at most `concurrency` at once.

    An environment whose build is still being stopped has no other one running.
    """

    concurrency = Integer(2, min=1, config=True, help="Number of builds that may run at once.")
    per_owner = Integer(
        0,
        min=0,
        config=True,
        help="Number of builds of one owner's environments that may run at once; builds of others "
        "overtake those that wait for that. 0 for no limit but `concurrency`.",
    )

    def __init__(
        self,
        *,
        store: Store,
        logs: BuildLogs,
        runner: BuildRunner,
        changes: Changes,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._logs = logs
        self._runner = runner
        self._changes = changes
        self._running: dict[int, _Run] = {}
        self._cancelling: set[int] = set()
        # Held while a build is chosen and its run begins, and while one is marked as cancelled.
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        """Number of builds that run now."""
        return len(self._running)

    def writes_log_of(self, build_id: int) -> bool:
        """Whether the build's log is still being written, whatever its row says."""
        return build_id in self._running or build_id in self._cancelling

    def with_progress(self, build: B) -> B:
        """What was read of a build, with the step that runs now, if it is one that runs."""
        run = self._running.get(build.id)
        return build if run is None else run.record.with_progress(build)

    async def start(self) -> None:
        """Take up what an earlier process left, and run builds from now on."""
        for build in await self._store.queue.take_back():
            self.log.info("Build %s of %s goes on", build.id, build.environment)
            self._logs.append(build.id, StatusChange(status=build.status))
        self._dispatcher = asyncio.create_task(self._dispatch())

    async def stop(self) -> None:
        """Stop all work; what runs stays in the database as running, to be resumed."""
        tasks = [run.task for run in self._running.values()]
        if self._dispatcher is not None:
            tasks.append(self._dispatcher)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def add(self, build: Build, environment: Environment) -> None:
        """A build has been written to the database: announce it, and run it when its turn comes."""
        self._wanted.set()
        self._logs.append(build.id, StatusChange(status=build.status))
        self._changes.build_changed(build, environment)

    async def cancel(self, build: Build, environment: Environment, *, by: str) -> None:
        """Stop a build, or take it from the queue, and return when that is done.

        Raises BuildEnded. The row decides: what is not published when it says that the build is
        cancelled never will be.
        """
        async with self._turn:
            ended, steps = await self._store.builds.end(
                build.id, BuildStatus.CANCELLED, error=f"The build was cancelled by {by}."
            )
            self._cancelling.add(build.id)
            run = self._running.get(build.id)
        try:
            if run is not None:
                run.task.cancel()
                await asyncio.wait([run.task])
            await self._runner.discard(ended)
        finally:
            record = BuildRecord(ended, environment, self._store, self._logs, self._changes)
            record.close(ended, steps)
            self._cancelling.discard(build.id)

    async def _dispatch(self) -> None:
        while True:
            self._wanted.clear()
            with surviving(self.log, "The queue waits"):
                while len(self._running) < self.concurrency and await self._start_next():
                    pass
            await wait_for_event(self._wanted, INTERVAL)

    async def _start_next(self) -> bool:
        """Start the build whose turn it is; false if none may run now."""
        environments = [run.record.environment for run in self._running.values()]
        async with self._turn:
            build = await self._store.queue.next(
                exclude_environments=[environment.name for environment in environments],
                exclude_owners=self._owners_at_limit(environments),
            )
            if build is None:
                return False
            try:
                record = await self._runner.record_of(build)
            except EnvironmentNotFound:
                return True  # deleted just now: it is not chosen again
            self._running[build.id] = _Run(record, asyncio.create_task(self._run(record)))
        return True

    def _owners_at_limit(self, environments: list[Environment]) -> list[str]:
        if self.per_owner == 0:
            return []
        running = Counter(environment.owner for environment in environments)
        return [owner for owner, count in running.items() if count >= self.per_owner]

    async def _run(self, record: BuildRecord) -> None:
        try:
            await self._runner.run(record)
        except Exception:
            self.log.exception("Build %s came to no end", record.build.id)
        finally:
            record.stop_telling()
            del self._running[record.build.id]
            self._wanted.set()
