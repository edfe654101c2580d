"""The stream of changes that the caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tljh_envbuilder.environments.feed import Feed
from tljh_envbuilder.models.environment import EnvironmentEvent
from tljh_envbuilder.web.operations import EVENT_STREAM, operation
from tljh_envbuilder.web.streaming import StreamHandler


class EventsHandler(StreamHandler):
    """Changes to environments and builds."""

    _feed: Feed

    @operation(
        "Follow changes to environments and builds",
        answers={200: str},
        content_types=(EVENT_STREAM,),
        events=(EnvironmentEvent,),
    )
    async def get(self) -> None:
        """Send each change that the caller may see, as it happens."""
        async with self.services.feeds.open(self.caller) as self._feed:
            await self.stream_events(_framed(self._feed.events()))

    async def check_reader(self) -> None:
        """Raises EnvBuilderError when the reader may no longer read."""
        await super().check_reader()
        self._feed.renew(self.caller)


async def _framed(events: AsyncIterator[EnvironmentEvent]) -> AsyncIterator[bytes]:
    async for event in events:
        yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()
