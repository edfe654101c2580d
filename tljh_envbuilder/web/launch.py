"""What the Hub asks when a user chooses and starts; the Hub alone may ask."""

from __future__ import annotations

from tljh_envbuilder.errors import NotAllowed
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.launch import Launch, LaunchOptions, LaunchQuery, LaunchRequest
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class HubHandler(BaseHandler):
    """A handler for the Hub's spawner, which presents this service's own token."""

    async def identify(self) -> Caller:
        if not self.is_the_hub():
            raise NotAllowed("Only the Hub may ask this.")
        return Caller(name="hub", kind="service")


class LaunchOptionsHandler(HubHandler):
    """What a user may launch."""

    @operation(
        "For the Hub: what a user may launch", request=LaunchQuery, answers={200: LaunchOptions}
    )
    async def post(self) -> None:
        """Tell what a user may launch."""
        query = self.read_model(LaunchQuery)
        self.write_model(await self.services.launches.options(query))


class LaunchResolveHandler(HubHandler):
    """What a user's choice means."""

    @operation(
        "For the Hub: what a user's choice means now",
        request=LaunchRequest,
        answers={200: Launch},
        errors=(404, 409),
    )
    async def post(self) -> None:
        """Tell the image and the limits of a choice."""
        request = self.read_model(LaunchRequest)
        self.write_model(await self.services.launches.resolve(request))
