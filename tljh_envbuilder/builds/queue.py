"""The queue: which build runs when."""

from __future__ import annotations

import asyncio

from traitlets import Integer
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.builds.runner import BuildRunner
from tljh_envbuilder.errors import BuildEnded, EnvBuilderError
from tljh_envbuilder.models.build import Build, BuildStatus
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.events import StatusChange
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store

#: After the database has failed, the queue looks again after this many seconds.
RETRY_INTERVAL = 5.0


class BuildQueue(LoggingConfigurable):
    """Runs builds in order of arrival, at most `concurrency` at once."""

    concurrency = Integer(2, min=1, config=True, help="Number of builds that may run at once.")

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
        self._running: dict[int, asyncio.Task[None]] = {}
        self._cancelling: set[int] = set()
        self._wanted = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        """Number of builds that run now."""
        return len(self._running)

    async def start(self) -> None:
        """Take up what an earlier process left, and run builds from now on."""
        for build in await self._store.builds.requeue_running():
            self.log.info("Build %s of %s goes on", build.id, build.environment)
            self._logs.append(build.id, StatusChange(status=build.status))
        self._dispatcher = asyncio.create_task(self._dispatch())

    async def stop(self) -> None:
        """Stop all work; what runs stays in the database as running, to be resumed."""
        tasks = [*self._running.values()]
        if self._dispatcher is not None:
            tasks.append(self._dispatcher)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def add(self, build: Build) -> None:
        """A build has been written to the database: announce it, and run it when its turn comes."""
        environment = await self._store.environments.get(build.environment)
        self._logs.append(build.id, StatusChange(status=build.status))
        self._changes.build_changed(build, environment)
        self._wanted.set()

    async def cancel(self, build: Build, environment: Environment) -> None:
        """Stop a build, or take it from the queue; raises BuildEnded."""
        if build.status.has_ended:
            raise BuildEnded(f"Build {build.id} has ended already: it is {build.status.value}.")
        task = self._running.get(build.id)
        if task is not None:
            self._cancelling.add(build.id)
            task.cancel()
            return
        record = BuildRecord(build, environment, self._store, self._logs, self._changes)
        await record.ended(BuildStatus.CANCELLED, "The build was cancelled before it began.")

    async def wait(self, build_id: int) -> None:
        """Wait until a build that was cancelled has stopped."""
        task = self._running.get(build_id)
        if task is not None:
            await asyncio.wait([task])

    async def _dispatch(self) -> None:
        while True:
            self._wanted.clear()
            try:
                await self._start_what_may_run()
            except EnvBuilderError as error:
                self.log.warning("The queue waits: %s", error)
                asyncio.get_running_loop().call_later(RETRY_INTERVAL, self._wanted.set)
            await self._wanted.wait()

    async def _start_what_may_run(self) -> None:
        while len(self._running) < self.concurrency:
            build = await self._store.builds.next_queued(exclude=list(self._running))
            if build is None:
                return
            self._running[build.id] = asyncio.create_task(self._run(build))

    async def _run(self, build: Build) -> None:
        record = None
        try:
            record = await self._runner.record_of(build)
            await self._runner.run(record)
        except asyncio.CancelledError:
            if build.id not in self._cancelling:
                raise
            await self._runner.cancelled(record or await self._runner.record_of(build))
        except EnvBuilderError as error:
            self.log.warning("Build %s did not run: %s", build.id, error)
        finally:
            self._cancelling.discard(build.id)
            self._running.pop(build.id, None)
            self._wanted.set()
