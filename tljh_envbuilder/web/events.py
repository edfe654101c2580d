"""The stream of changes that the caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tljh_envbuilder.builds.changes import Change
from tljh_envbuilder.environments.access import may_see
from tljh_envbuilder.models.environment import EnvironmentEvent
from tljh_envbuilder.web.operations import EVENT_STREAM, operation
from tljh_envbuilder.web.streaming import StreamHandler


class EventsHandler(StreamHandler):
    """Changes to environments and builds."""

    @operation(
        "Follow changes to environments and builds",
        answers={200: str},
        content_types=(EVENT_STREAM,),
    )
    async def get(self) -> None:
        """Send each change that the caller may see, as it happens."""
        async with self.services.changes.listen() as changes:
            await self.stream_events(self._seen(changes))

    async def _seen(self, changes: AsyncIterator[Change]) -> AsyncIterator[bytes]:
        """The changes as events; what the caller may no longer see is gone for them."""
        async for change in changes:
            event = change.event
            # A build began with the visibility of then; that of now counts.
            is_seen = (
                may_see(self.caller, change.now)
                if event.build is None
                else await self.services.store.environments.visible(event.environment, self.caller)
            )
            if not is_seen:
                if change.before is None or not may_see(self.caller, change.before):
                    continue
                event = EnvironmentEvent(type="deleted", environment=event.environment)
            yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()
