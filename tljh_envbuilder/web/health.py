"""Whether all that this service needs answers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from tljh_envbuilder.errors import EnvBuilderError, Unavailable
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class Health(BaseModel):
    """`ok`, or a sentence for each part that does not answer."""

    database: str = "ok"
    engine: str = "ok"
    queued: int | None = Field(
        None, description="Builds that wait; null when the database is down."
    )
    running: int = Field(description="Builds that run.")


class HealthHandler(BaseHandler):
    """The state of the service, for monitoring."""

    public = True

    @operation(
        "Tell whether database and engine answer", answers={200: Health, 503: Health}, public=True
    )
    async def get(self) -> None:
        """Answer 200, or 503 with what is wrong."""
        health = Health(running=self.services.queue.running)
        try:
            await self.services.store.ping()
            health.queued = await self.services.store.queue.length()
        except Unavailable as error:
            health.database = error.message
        try:
            await self.services.engine.info()
        except EnvBuilderError as error:
            health.engine = error.message
        if health.database != "ok" or health.engine != "ok":
            self.set_status(503)
        self.write_model(health)
