"""Asks all that the service needs whether it answers."""

from __future__ import annotations

from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EnvBuilderError, Unavailable
from tljh_envbuilder.models.health import Health
from tljh_envbuilder.store.store import Store


class HealthCheck:
    """Asks database and engines; for monitoring, and so for anybody."""

    def __init__(
        self,
        *,
        store: Store,
        engine: DockerEngine,
        launch_engine: DockerEngine,
        queue: BuildQueue,
    ) -> None:
        self._store = store
        self._engine = engine
        self._launch_engine = launch_engine
        self._queue = queue

    async def check(self) -> Health:
        """What each of them says."""
        database, queued = "ok", None
        try:
            await self._store.ping()
            queued = await self._store.queue.length()
        except Unavailable as error:
            database = error.message
        is_one = self._launch_engine.is_same_as(self._engine)
        return Health(
            database=database,
            engine=await _state_of(self._engine),
            launch_engine=None if is_one else await _state_of(self._launch_engine),
            queued=queued,
            running=self._queue.running,
        )


async def _state_of(engine: DockerEngine) -> str:
    try:
        await engine.info()
    except EnvBuilderError as error:
        return error.message
    return "ok"
