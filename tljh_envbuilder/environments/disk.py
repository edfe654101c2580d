"""What environments take on disk, and removing what nobody needs, for a caller."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from tljh_envbuilder.builds.cleaner import Cleaner
from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.engine.disk import ImageUse
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.environments.access import require_admin, require_builder
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.disk import Cleaned, Disk, EnvironmentDisk
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.images import BuildImage
from tljh_envbuilder.store.store import Store


class DiskUse:
    """Puts together what the engine, the logs and the disks say."""

    def __init__(
        self,
        *,
        store: Store,
        logs: BuildLogs,
        engine: DockerEngine,
        guard: DiskGuard,
        cleaner: Cleaner,
    ) -> None:
        self._store = store
        self._logs = logs
        self._engine = engine
        self._guard = guard
        self._cleaner = cleaner

    async def show(self, caller: Caller) -> Disk:
        """What the environments that the caller manages take; all of them for an admin."""
        require_builder(caller, "Seeing the use of the disk")
        builds = await self._store.images.of_owner(None if caller.is_admin else caller.name)
        on_engine = await self._engine.disk_use()
        environments = await asyncio.to_thread(self._measure, builds, on_engine.images)
        return Disk(
            image_bytes=sum(each.image_bytes for each in environments),
            unshared_bytes=sum(each.unshared_bytes for each in environments),
            log_bytes=sum(each.log_bytes for each in environments),
            layer_bytes=on_engine.layers,
            build_cache_bytes=on_engine.build_cache,
            disks=await self._guard.disks(),
            environments=sorted(environments, key=lambda each: each.unshared_bytes, reverse=True),
        )

    async def clean(self, caller: Caller) -> Cleaned:
        """Remove now what nobody needs."""
        require_admin(caller, "start a cleaning; one happens after each build")
        return await self._cleaner.clean()

    def _measure(
        self, builds: list[BuildImage], images: Mapping[str, ImageUse]
    ) -> list[EnvironmentDisk]:
        of_environments: dict[str, list[BuildImage]] = defaultdict(list)
        for build in builds:
            of_environments[build.environment].append(build)
        measured = []
        for name, its_builds in of_environments.items():
            ids = {build.image_id for build in its_builds if build.image_id in images}
            uses = [images[image_id] for image_id in ids if image_id]
            measured.append(
                EnvironmentDisk(
                    name=name,
                    image_bytes=sum(use.size for use in uses),
                    unshared_bytes=sum(use.size - use.shared for use in uses),
                    log_bytes=sum(self._logs.size(build.build_id) for build in its_builds),
                    images=len(uses),
                    builds=len(its_builds),
                )
            )
        return measured
