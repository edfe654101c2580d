"""What one running build leaves behind: its row, its steps, its log and the news of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.explain import TAIL
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Build, BuildStatus, ImageDetails, Step, StepStatus
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.events import LogRecord, LogText, StatusChange
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.builds import BuildFields
from tljh_envbuilder.store.store import Store

if TYPE_CHECKING:
    from typing_extensions import Unpack


class BuildRecord:
    """Writes down what happens to one build, the database first: it is the truth."""

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
        self._store = store
        self._logs = logs
        self._changes = changes

    def say(self, text: str) -> None:
        """Add a line of the service's own to the log."""
        self._logs.append(self.build.id, LogText(text=text if text.endswith("\n") else f"{text}\n"))

    async def add(self, record: LogRecord) -> None:
        """Add what the engine says; readers have it before the database does."""
        self._logs.append(self.build.id, record)
        if isinstance(record, LogText):
            self.tail = (self.tail + record.text)[-TAIL:]
        if isinstance(record, Step):
            await self._store.builds.put_step(self.build.id, record)

    async def update(self, **fields: Unpack[BuildFields]) -> None:
        """Change columns of the build's row."""
        self.build = await self._store.builds.update(self.build.id, **fields)

    async def status(self, status: BuildStatus) -> None:
        """The build has come to another status, not yet an end."""
        if status is self.build.status:
            return
        await self.update(status=status)
        self._announce(status)

    async def built(
        self, *, image: str, image_id: str, image_size: int, details: ImageDetails
    ) -> None:
        """The build has succeeded: its image is from now on what users get."""
        self.build = await self._store.builds.finish(
            self.build.id,
            image=image,
            image_id=image_id,
            image_size=image_size,
            image_details=details,
            finished_at=utc_now(),
        )
        self.say(f"Image {image} is ready.")
        self._announce(BuildStatus.BUILT)

    async def ended(self, status: BuildStatus, error: str | None) -> None:
        """The build has failed or was cancelled."""
        step_status = StepStatus.FAILED if status is BuildStatus.FAILED else StepStatus.CANCELLED
        now = utc_now()
        for step in await self._store.builds.close_steps(self.build.id, step_status, now):
            self._logs.append(self.build.id, step)
        if error is not None:
            self.say(f"\n{error}")
        await self.update(status=status, error=error, finished_at=now)
        self._announce(status)

    def _announce(self, status: BuildStatus) -> None:
        self._logs.append(self.build.id, StatusChange(status=status))
        self._changes.build_changed(self.build, self.environment)
