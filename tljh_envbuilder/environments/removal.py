"""Removing an environment: all or nothing, whatever dies in between."""

from __future__ import annotations

from contextlib import suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.engine.containers import Container
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import BuildEnded, EnvBuilderError, EnvironmentInUse
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.labels import ENVIRONMENT, SERVER, USER
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store


class Removal(LoggingConfigurable):
    """Marks the environment first, then removes what it left, and its rows last."""

    def __init__(
        self,
        *,
        store: Store,
        logs: BuildLogs,
        engine: DockerEngine,
        queue: BuildQueue,
        changes: Changes,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._logs = logs
        self._engine = engine
        self._queue = queue
        self._changes = changes
        self._names = ImageNames(parent=self)

    async def remove(self, environment: Environment, *, force: bool) -> None:
        """Raises EnvironmentInUse, and then nothing is removed, or EngineUnavailable."""
        servers = await self._servers(environment.name)
        if servers and not force:
            names = ", ".join(sorted(map(_server_name, servers)))
            raise EnvironmentInUse(f"{environment.name} is used by running servers: {names}.")
        await self._store.environments.mark_deleting(environment.name)
        await self._stop_build(environment)
        for server in servers:
            await self._engine.stop_container(server.id)
            await self._engine.remove_container(server.id, force=True)
        await self._finish(environment.name)
        self._changes.environment_deleted(environment)

    async def resume(self) -> None:
        """Finish what an earlier process began."""
        for name in await self._store.environments.deleting():
            try:
                await self._finish(name)
            except EnvBuilderError as error:
                self.log.warning("%s is still to be deleted: %s", name, error)

    async def _servers(self, name: str) -> list[Container]:
        """Containers of users' servers; those of another Hub's environment of this name are not."""
        _, image_ids = await self._store.environments.images(name)
        containers = await self._engine.containers({ENVIRONMENT: name})
        return [container for container in containers if container.image_id in image_ids]

    async def _stop_build(self, environment: Environment) -> None:
        build = environment.last_build
        if build is None or build.status.has_ended:
            return
        with suppress(BuildEnded):
            await self._queue.cancel(build, environment)
            await self._queue.wait(build.id)

    async def _finish(self, name: str) -> None:
        build_ids = await self._store.environments.build_ids(name)
        published, _ = await self._store.environments.images(name)
        own = [self._names.of_build(name, build_id) for build_id in build_ids]
        for tag in [*published, *own]:
            await self._engine.remove_image(tag, force=True)
        for build_id in build_ids:
            self._logs.remove(build_id)
        await self._store.environments.delete(name)
        self.log.info("Removed environment %s", name)


def _server_name(container: Container) -> str:
    user, server = (container.labels.get(label, "") for label in (USER, SERVER))
    return f"{user}/{server}" if server else user
