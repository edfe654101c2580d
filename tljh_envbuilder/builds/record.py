"""What one running build leaves behind: its row, its steps, its log and the news of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.explain import TAIL
from tljh_envbuilder.builds.progress import RunningStep
from tljh_envbuilder.errors import BuildEnded, DatabaseUnavailable
from tljh_envbuilder.models.build import RUNNING, Build, BuildStatus, ImageDetails, Step
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.events import LogRecord, LogText, StatusChange
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.builds import BuildFields
from tljh_envbuilder.store.store import Store

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")
B = TypeVar("B", bound=Build)

#: Seconds between attempts to write to a database that does not answer.
RETRY_INTERVAL = 1.0

_log = logging.getLogger(__name__)


class BuildRecord:
    """Writes down what happens to one build, the database first: it is the truth.

    A database that does not answer is waited for, so that what a build has come to is not lost.
    All that writes raises BuildEnded once somebody has cancelled the build.
    """

    def __init__(
        self,
        build: Build,
        environment: Environment,
        store: Store,
        logs: BuildLogs,
        changes: Changes,
    ) -> None:
        self.build = build
        self.environment = environment
        self.tail = ""  # what the engine's steps printed last
        self.lacks_engine = False
        self._store = store
        self._logs = logs
        self._changes = changes
        self._step = RunningStep(self._tell_of_build)

    def with_progress(self, build: B) -> B:
        """What was read of this build, with the step that runs now."""
        if build.status not in RUNNING:
            return build
        return build.model_copy(update={"progress": self._step.current})

    def stop_telling(self) -> None:
        """The run is over: what is to be told of its steps is told no more."""
        self._step.stop()

    def say(self, text: str) -> None:
        """Add a line of the service's own to the log."""
        self._logs.append(self.build.id, LogText(text=text if text.endswith("\n") else f"{text}\n"))

    async def add(self, record: LogRecord) -> None:
        """Add what the engine says; readers have it before the database does."""
        self._logs.append(self.build.id, record)
        if isinstance(record, LogText):
            self.tail = (self.tail + record.text)[-TAIL:]
        if isinstance(record, Step):
            step = record
            self._step.saw(step)
            await self._kept(lambda: self._store.builds.put_step(self.build.id, step))

    async def update(self, **fields: Unpack[BuildFields]) -> None:
        """Change columns of the build's row."""
        self.build = await self._kept(lambda: self._store.builds.update(self.build.id, **fields))

    async def status(self, status: BuildStatus) -> None:
        """The build has come to another status, not yet an end."""
        if status is self.build.status:
            return
        await self.update(status=status)
        self._announce()

    async def put_back(self, reason: str) -> None:
        """The build cannot go on for now: it waits as if it had just been queued."""
        self.build = await self._kept(lambda: self._store.queue.put_back(self.build.id))
        self.say(f"\n{reason}")
        self._announce()

    async def built(self, *, image: str, image_id: str, size: int, details: ImageDetails) -> None:
        """The build has succeeded: users get its image, unless that waits to be published."""
        try:
            self.build = await self._kept(
                lambda: self._store.builds.finish(
                    self.build.id,
                    image=image,
                    image_id=image_id,
                    image_size=size,
                    image_details=details,
                )
            )
        except BuildEnded:
            await self._confirm(BuildStatus.BUILT)
        self.say(f"Image {image} is ready.")
        self._announce()

    async def failed(self, error: str) -> None:
        """The build has come to nothing."""
        failed = BuildStatus.FAILED
        steps: list[Step] = []
        try:
            self.build, steps = await self._kept(
                lambda: self._store.builds.end(self.build.id, failed, error=error)
            )
        except BuildEnded:
            await self._confirm(failed)
        self.close(self.build, steps)

    def close(self, build: Build, steps: list[Step]) -> None:
        """Tell the log how a build has ended that was not built, and the steps with it."""
        self.build = build
        for step in steps:
            self._logs.append(build.id, step)
        self.say(f"\n{build.error}")
        self._announce()

    async def _confirm(self, status: BuildStatus) -> None:
        """A transaction whose answer was lost may have come to its end nevertheless."""
        self.build = await self._kept(lambda: self._store.builds.get(self.build.id))
        if self.build.status is not status:
            raise BuildEnded(f"Build {self.build.id} has already ended.")

    async def _kept(self, transaction: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await transaction()
            except DatabaseUnavailable as error:
                _log.warning("Build %d waits for the database: %s", self.build.id, error)
                await asyncio.sleep(RETRY_INTERVAL)

    def _announce(self) -> None:
        self._step.reset()
        self._logs.append(self.build.id, StatusChange(status=self.build.status))
        self._tell_of_build()

    def _tell_of_build(self) -> None:
        self._changes.build_changed(self.with_progress(self.build), self.environment)
