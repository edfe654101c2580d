"""The stream of changes that the caller may see."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tljh_envbuilder.builds.changes import Change
from tljh_envbuilder.environments.access import may_see
from tljh_envbuilder.models.environment import EnvironmentEvent
from tljh_envbuilder.web.operations import EVENT_STREAM, operation
from tljh_envbuilder.web.services import Services
from tljh_envbuilder.web.streaming import StreamHandler


class EventsHandler(StreamHandler):
    """Changes to environments and builds."""

    def initialize(self, services: Services) -> None:
        """Take what the application made; called by Tornado."""
        super().initialize(services)
        # Builds that run are heard of often, and who may see them is a question to the database.
        self._visible: dict[str, bool] = {}

    @operation(
        "Follow changes to environments and builds",
        answers={200: str},
        content_types=(EVENT_STREAM,),
        events=(EnvironmentEvent,),
    )
    async def get(self) -> None:
        """Send each change that the caller may see, as it happens."""
        async with self.services.changes.listen() as changes:
            await self.stream_events(self._seen(changes))

    async def _seen(self, changes: AsyncIterator[Change]) -> AsyncIterator[bytes]:
        """The changes as events; what the caller may no longer see is gone for them."""
        async for change in changes:
            event = change.event
            if not await self._is_seen(change):
                if change.before is None or not may_see(self.caller, change.before):
                    continue
                event = EnvironmentEvent(type="deleted", environment=event.environment)
            yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()

    async def check_reader(self) -> None:
        """Raises EnvBuilderError when the reader may no longer read; groups may have changed."""
        await super().check_reader()
        self._visible.clear()

    async def _is_seen(self, change: Change) -> bool:
        """Whether the caller may see what has changed.

        A build began with the visibility of then; that of now counts.
        """
        name = change.event.environment
        if change.event.type == "build":
            if name not in self._visible:
                environments = self.services.store.environments
                self._visible[name] = await environments.visible(name, self.caller)
            return self._visible[name]
        is_seen = may_see(self.caller, change.now)
        self._visible[name] = is_seen and change.event.type == "environment"
        return is_seen
