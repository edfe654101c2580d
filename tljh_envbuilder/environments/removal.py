"""Removing an environment: all or nothing, whatever dies in between."""

from __future__ import annotations

from contextlib import suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.images import ENVIRONMENT_LABEL, ImageNames
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.engine.containers import Container
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import BuildEnded, EnvBuilderError, EnvironmentInUse
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store

#: Labels that the spawner puts on the containers of users' servers.
USER_LABEL = "tljh-envbuilder.user"
SERVER_LABEL = "tljh-envbuilder.server"


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
        servers = await self._engine.containers({ENVIRONMENT_LABEL: environment.name})
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

    async def _stop_build(self, environment: Environment) -> None:
        build = environment.last_build
        if build is None or build.status.has_ended:
            return
        with suppress(BuildEnded):
            await self._queue.cancel(build, environment)
            await self._queue.wait(build.id)

    async def _finish(self, name: str) -> None:
        for image in await self._engine.images({ENVIRONMENT_LABEL: name}):
            for reference in image.tags or [image.id]:
                await self._engine.remove_image(reference, force=True)
        for build_id in await self._store.environments.build_ids(name):
            self._logs.remove(build_id)
        await self._store.environments.delete(name)
        self.log.info("Removed environment %s", name)


def _server_name(container: Container) -> str:
    user, server = (container.labels.get(label, "") for label in (USER_LABEL, SERVER_LABEL))
    return f"{user}/{server}" if server else user
