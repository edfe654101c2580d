"""Whether all that this service needs answers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EnvBuilderError, Unavailable
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class Health(BaseModel):
    """`ok`, or a sentence for each part that does not answer."""

    database: str = "ok"
    engine: str = "ok"
    launch_engine: str | None = Field(
        None, description="The engine of the servers; null if it is the one that builds."
    )
    queued: int | None = Field(
        None, description="Builds that wait; null when the database is down."
    )
    running: int = Field(description="Builds that run.")


class HealthHandler(BaseHandler):
    """The state of the service, for monitoring."""

    public = True

    @operation(
        "Tell whether database and engines answer", answers={200: Health, 503: Health}, public=True
    )
    async def get(self) -> None:
        """Answer 200, or 503 with what is wrong."""
        health = Health(running=self.services.queue.running)
        try:
            await self.services.store.ping()
            health.queued = await self.services.store.queue.length()
        except Unavailable as error:
            health.database = error.message
        engine, launch_engine = self.services.engine, self.services.launch_engine
        health.engine = await _state_of(engine)
        if not launch_engine.is_same_as(engine):
            health.launch_engine = await _state_of(launch_engine)
        if {health.database, health.engine, health.launch_engine} - {"ok", None}:
            self.set_status(503)
        self.write_model(health)


async def _state_of(engine: DockerEngine) -> str:
    try:
        await engine.info()
    except EnvBuilderError as error:
        return error.message
    return "ok"
