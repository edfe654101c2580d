"""One build, its log, and stopping it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from tljh_envbuilder.environments.logs import Log
from tljh_envbuilder.errors import InvalidRequest
from tljh_envbuilder.models.build import Build, BuildDetail, Step
from tljh_envbuilder.models.events import LogText, StatusChange, StepProgress
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import EVENT_STREAM, PLAIN_TEXT, operation
from tljh_envbuilder.web.paths import build_id_in
from tljh_envbuilder.web.streaming import StreamHandler

LAST_EVENT_ID = "Last-Event-ID"
EVENT_ID: TypeAdapter[str] = TypeAdapter(
    Annotated[
        str,
        StringConstraints(pattern="^[0-9]{1,19}$"),
        Field(description="The id of the last event that you have."),
    ]
)


class BuildHandler(BaseHandler):
    """One build."""

    @operation("Show a build with its steps", answers={200: BuildDetail})
    async def get(self, raw_id: str) -> None:
        """Show the build with its steps."""
        self.write_model(await self.services.environments.build(self.caller, build_id_in(raw_id)))


class CancelHandler(BaseHandler):
    """Stopping a build."""

    @operation("Stop a build", answers={202: BuildDetail}, errors=(409,))
    async def post(self, raw_id: str) -> None:
        """Stop the build, or take it from the queue."""
        build = await self.services.environments.cancel(self.caller, build_id_in(raw_id))
        self.set_status(202)
        self.write_model(build)


class RestoreHandler(BaseHandler):
    """Having the image of an older build again."""

    @operation(
        "Have the image of a successful build again, where it was removed to save space",
        answers={200: Build, 202: Build},
        errors=(409,),
    )
    async def post(self, raw_id: str) -> None:
        """Answer with the build to launch, at once or when it is built: of the same commit."""
        number = build_id_in(raw_id)
        build = await self.services.environments.restore(self.caller, number)
        self.set_status(200 if build.status.has_ended else 202)
        self.set_header("Location", self.url_for("api", "builds", str(build.id)))
        self.write_model(build)


class PackagesHandler(BaseHandler):
    """The Python packages in a build's image."""

    @operation(
        "Read which Python packages were installed, as a requirements.txt that locks them",
        answers={200: str},
        content_types=(PLAIN_TEXT,),
    )
    async def get(self, raw_id: str) -> None:
        """Send the list as text."""
        number = build_id_in(raw_id)
        text = await self.services.environments.packages(self.caller, number)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.write(text)


class LogHandler(StreamHandler):
    """The log of a build."""

    _opened: Log

    @operation(
        "Read the log: whole as text, or live as server-sent events; Last-Event-ID resumes",
        answers={200: str},
        content_types=(PLAIN_TEXT, EVENT_STREAM),
        events=(LogText, Step, StatusChange, StepProgress),
        headers={LAST_EVENT_ID: EVENT_ID},
    )
    async def get(self, raw_id: str) -> None:
        """Send the whole log as text, or follow it as server-sent events."""
        self._opened = await self.services.logs.open(self.caller, build_id_in(raw_id))
        if EVENT_STREAM in self.request.headers.get("Accept", ""):
            await self.stream_events(self._opened.follow(position=self._position()))
            return
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        await self.stream(self._opened.text())

    async def check_reader(self) -> None:
        """Raises EnvBuilderError when the reader may no longer see the build."""
        await super().check_reader()
        await self._opened.require_seen(self.caller)

    def _position(self) -> int:
        """Where a reader was; the contract's ids are positions."""
        try:
            return int(EVENT_ID.validate_python(self.request.headers.get(LAST_EVENT_ID) or "0"))
        except ValidationError:
            raise InvalidRequest(
                f"{LAST_EVENT_ID} must be an id that this stream has sent."
            ) from None
