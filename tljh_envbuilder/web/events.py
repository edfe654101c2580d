"""The stream of changes that the caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tljh_envbuilder.builds.changes import Change
from tljh_envbuilder.environments.access import may_see
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import EVENT_STREAM, operation


class EventsHandler(BaseHandler):
    """Changes to environments and builds."""

    @operation(
        "Follow changes to environments and builds",
        answers={200: str},
        content_types=(EVENT_STREAM,),
    )
    async def get(self) -> None:
        """Send each change that the caller may see, as it happens."""
        async with self.services.changes.listen() as changes:
            await self.stream_events(_seen_by(self.caller, changes))


async def _seen_by(caller: Caller, changes: AsyncIterator[Change]) -> AsyncIterator[bytes]:
    async for event, environment in changes:
        if may_see(caller, environment):
            yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()
