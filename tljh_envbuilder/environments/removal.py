"""Removing an environment: all or nothing, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.background import surviving
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.containers import Container
from tljh_envbuilder.engine.docker import DockerEngine, distinct
from tljh_envbuilder.errors import (
    BuildEnded,
    Conflict,
    EnvBuilderError,
    EnvironmentInUse,
    EnvironmentNotFound,
)
from tljh_envbuilder.models.environment import (
    Environment,
    RemovalInRegistry,
    RemovalPreview,
    ServerInUse,
)
from tljh_envbuilder.models.labels import (
    BUILD,
    CHECK,
    ENVIRONMENT,
    INSTALLATION,
    SERVER,
    USER,
)
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store

#: Seconds between two looks for deletions that something was in the way of.
RETRY_INTERVAL = 5.0


class Removal(LoggingConfigurable):
    """Marks the environment first, then removes what it left, and its rows last.

    From the mark on the environment is gone for everybody, and nothing brings it back: what could
    not be removed is removed later, by the next process if need be.
    """

    def __init__(
        self,
        *,
        store: Store,
        logs: BuildLogs,
        engine: DockerEngine,
        launch_engine: DockerEngine,
        queue: BuildQueue,
        changes: Changes,
        names: ImageNames,
        registry: Registry,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._logs = logs
        self._engine = engine
        self._launch_engine = launch_engine
        self._queue = queue
        self._changes = changes
        self._names = names
        self._registry = registry
        self._removing: set[str] = set()
        self._finisher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Finish from now on what an earlier process began, or what something was in the way of."""
        self._finisher = asyncio.create_task(self._finish_deletions())

    async def stop(self) -> None:
        """Stop; the next start goes on."""
        if self._finisher is not None:
            self._finisher.cancel()
            await asyncio.gather(self._finisher, return_exceptions=True)

    async def preview(self, name: str) -> RemovalPreview:
        """What `remove` would remove, and the servers in its way; raises Unavailable."""
        servers = [_server_of(container) for container in await self._servers(name)]
        sizes = await self._store.environments.image_sizes(name)
        known = [size for size in sizes if size is not None]
        return RemovalPreview(
            builds=len(await self._store.environments.build_ids(name)),
            images=len(sizes),
            image_size=sum(known) if len(known) == len(sizes) else None,
            registry=await self._in_registry(name),
            servers=sorted(servers, key=lambda server: (server.user, server.server_name)),
        )

    async def _in_registry(self, name: str) -> RemovalInRegistry | None:
        """What `_finish` would remove from the registry, or leave there."""
        pushed = self._registry.own(name, await self._store.images.registry_images(name))
        if not pushed:
            return None
        # Commits may have come to the same image.
        images = len({image.digest for image in pushed})
        return RemovalInRegistry(
            name=pushed[0].name, images=images, removed=self._registry.delete_tags
        )

    async def remove(self, environment: Environment, *, force: bool, by: str) -> None:
        """Raises EnvironmentInUse or Unavailable, and then nothing is removed."""
        name = environment.name
        if not force:
            await self._refuse_if_used(name)
        if name in self._removing:
            raise EnvironmentNotFound(name)
        self._removing.add(name)
        try:
            await self._store.environments.mark_deleting(name)
            await self._keep_if_used_after_all(name, force=force)
            self._changes.environment_deleted(environment)
            with surviving(self.log, _still_there(name)):
                await self._stop_build(environment, by)
                await self._finish(name)
        finally:
            self._removing.discard(name)

    async def _refuse_if_used(self, name: str) -> None:
        if servers := await self._servers(name):
            names = ", ".join(sorted(_full_name(_server_of(server)) for server in servers))
            raise EnvironmentInUse(
                f"{name} is used by running servers: {names}. They must be stopped first."
            )

    async def _keep_if_used_after_all(self, name: str, *, force: bool) -> None:
        """Somebody may have started a server while nothing kept them from it yet."""
        if force:
            return
        try:
            await self._refuse_if_used(name)
        except EnvBuilderError:
            await self._store.environments.keep(name)
            raise

    async def _finish_deletions(self) -> None:
        while True:
            with surviving(self.log, _still_there("What was deleted")):
                await self._finish_all()
            await asyncio.sleep(RETRY_INTERVAL)

    async def _finish_all(self) -> None:
        """Finish each deletion that can be finished."""
        for name in await self._store.environments.deleting():
            # By now it may be done, and the name another environment's.
            if name in self._removing or name not in await self._store.environments.deleting():
                continue
            with surviving(self.log, _still_there(name)):
                await self._finish(name)

    async def _servers(self, name: str) -> list[Container]:
        """Containers of users' servers; those of another Hub's environment of this name are not.

        By labels and not by image: an image has another id on each engine. What a person has
        started by hand has the labels of its image, and no user.
        """
        wanted = {ENVIRONMENT: name, INSTALLATION: self._store.installation, USER: ""}
        return await self._launch_engine.containers(wanted)

    async def _stop_build(self, environment: Environment, by: str) -> None:
        (last, *_), _ = await self._store.builds.list(environment.name, limit=1)
        if not last.status.has_ended:
            with suppress(BuildEnded):
                await self._queue.cancel(last, environment, by=by)

    async def _finish(self, name: str) -> None:
        """Each part may be gone already."""
        for server in await self._servers(name):
            await self._launch_engine.stop_container(server.id)
            await self._launch_engine.remove_container(server.id, force=True)
        build_ids = await self._store.environments.build_ids(name)
        for build_id in build_ids:
            checks = {CHECK: self._store.installation, BUILD: str(build_id)}
            for container in await self._engine.containers(checks):
                await self._engine.remove_container(container.id, force=True)
        published, ids = await self._store.environments.images(name)
        own = [self._names.of_build(name, build_id) for build_id in build_ids]
        pulled = await self._store.images.references(name)
        for engine in distinct(self._engine, self._launch_engine):
            for tag in [*published, *own]:
                await self._remove_own(engine, tag, ids)
            for reference in pulled:
                await self._remove_pulled(engine, reference)
        await self._registry.delete(name, await self._store.images.registry_images(name))
        for build_id in build_ids:
            self._logs.remove(build_id)
        await self._store.environments.delete(name)
        self.log.info("Removed environment %s", name)

    async def _remove_own(self, engine: DockerEngine, tag: str, ids: Collection[str]) -> None:
        """Remove a name that builds give, unless it is another installation's or a person's."""
        image = await engine.image(tag)
        if image is None:
            return
        if image.id in ids or image.labels.get(INSTALLATION) == self._store.installation:
            with suppress(Conflict):  # in use by what somebody runs by hand: left to the cleaner
                await engine.remove_image(tag, force=True)

    async def _remove_pulled(self, engine: DockerEngine, reference: str) -> None:
        """Remove what a server's start has pulled, unless somebody else has named it or uses it."""
        image = await engine.image(reference)
        if image is not None and not image.tags:
            with suppress(Conflict):
                await engine.remove_image(reference)


def _still_there(what: str) -> str:
    return f"{what} is still to be removed"


def _server_of(container: Container) -> ServerInUse:
    user, server = (container.labels.get(label, "") for label in (USER, SERVER))
    return ServerInUse(user=user, server_name=server)


def _full_name(server: ServerInUse) -> str:
    return f"{server.user}/{server.server_name}" if server.server_name else server.user
