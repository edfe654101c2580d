"""Removes what nobody needs any more: old images, build cache, and what died halfway."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection
from contextlib import suppress

from traitlets import Float, Integer
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.background import surviving, wait_for_event
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.image_cleaner import ImageCleaner
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.docker import DockerEngine, distinct
from tljh_envbuilder.errors import EnvironmentNotFound
from tljh_envbuilder.models.disk import Cleaned
from tljh_envbuilder.models.labels import BUILD, CHECK, USER
from tljh_envbuilder.store.store import Store


class Cleaner(LoggingConfigurable):
    """Cleans at the start, after each build and at an interval; one cleaning at a time.

    What is there is always listed before the database is asked what is needed: what appears in
    between is left alone. Servers run on the `launch_engine`, and leave images there.
    """

    keep_builds = Integer(
        3,
        min=1,
        config=True,
        help="Number of successful builds of each environment whose images are kept, besides the "
        "current one. Builds and their logs are kept as long as their environment.",
    )
    interval = Float(
        3600.0, min=1, config=True, help="Longest time between two cleanings, in seconds."
    )
    max_build_cache = Integer(
        20 * 2**30,
        min=0,
        config=True,
        help="Bytes that the engine's build cache may take; what was not used for longest goes "
        "first. It is shared by all who build on the engine. 0 for no limit.",
    )

    def __init__(
        self,
        *,
        store: Store,
        engine: DockerEngine,
        launch_engine: DockerEngine,
        fetcher: Fetcher,
        changes: Changes,
        names: ImageNames,
        registry: Registry,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._engine = engine
        self._fetcher = fetcher
        self._changes = changes
        self._images = ImageCleaner(
            store=store,
            engines=distinct(engine, launch_engine),
            names=names,
            registry=registry,
            parent=self,
        )
        self._wanted = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Clean from now on."""
        self._tasks = [asyncio.create_task(work) for work in (self._listen(), self._clean_often())]

    async def stop(self) -> None:
        """Stop; what is half cleaned is cleaned the next time."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def clean(self) -> Cleaned:
        """Remove now what can be removed, and tell what that was."""
        async with self._turn:
            contexts = await self._remove_contexts()
            containers = await self._remove_containers()
            images, lost = await self._images.clean(keep=self.keep_builds)
            await self._announce({build.environment for build in lost})
            freed = 0
            if self.max_build_cache:
                freed = await self._engine.prune_build_cache(keep=self.max_build_cache)
        cleaned = Cleaned(
            images=images, containers=containers, contexts=contexts, build_cache_bytes=freed
        )
        if images or containers or contexts or freed:
            self.log.info("Cleaned: %s", cleaned.model_dump_json())
        return cleaned

    async def _clean_often(self) -> None:
        while True:
            self._wanted.clear()
            with surviving(self.log, "Not cleaned"):
                await self.clean()
            await wait_for_event(self._wanted, self.interval)

    async def _listen(self) -> None:
        while True:
            async with self._changes.listen() as changes:
                async for change in changes:
                    build = change.event.build
                    if build is not None and build.status.has_ended:
                        self._wanted.set()

    async def _remove_contexts(self) -> int:
        found = await asyncio.to_thread(self._fetcher.contexts)
        active = await self._active()
        stale = [folder for build_id, folder in found.items() if build_id not in active]
        for folder in stale:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return len(stale)

    async def _remove_containers(self) -> int:
        """Remove the containers of checks that a killed service did not come to remove."""
        found = await self._engine.containers({CHECK: self._store.installation})
        active = await self._active()
        # An image's labels are on its containers too: a server must never be taken for a check.
        left = [
            container
            for container in found
            if container.labels.get(BUILD) not in active and USER not in container.labels
        ]
        for container in left:
            await self._engine.remove_container(container.id, force=True)
        return len(left)

    async def _active(self) -> set[str]:
        return {str(build.id) for build in await self._store.builds.active()}

    async def _announce(self, environments: Collection[str]) -> None:
        """Builds of these have lost their images."""
        for name in environments:
            with suppress(EnvironmentNotFound):
                self._changes.environment_changed(await self._store.environments.get(name))
