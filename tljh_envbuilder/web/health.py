"""Whether all that this service needs answers."""

from __future__ import annotations

from tljh_envbuilder.models.health import Health
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class HealthHandler(BaseHandler):
    """The state of the service, for monitoring."""

    public = True

    @operation(
        "Tell whether database and engines answer", answers={200: Health, 503: Health}, public=True
    )
    async def get(self) -> None:
        """Answer 200, or 503 with what is wrong."""
        health = await self.services.health.check()
        self.set_status(200 if health.is_good else 503)
        self.write_model(health)
