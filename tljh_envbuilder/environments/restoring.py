"""Bringing a build back whose image is gone."""

from __future__ import annotations

from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.engine.docker import DockerEngine, distinct
from tljh_envbuilder.errors import Conflict
from tljh_envbuilder.models.build import Build, BuildStatus
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.store.store import Store


class Restoring:
    """Finds what can be launched in place of a build, or has it built."""

    def __init__(
        self,
        *,
        store: Store,
        queue: BuildQueue,
        disk: DiskGuard,
        engine: DockerEngine,
        launch_engine: DockerEngine,
    ) -> None:
        self._store = store
        self._queue = queue
        self._disk = disk
        self._engine = engine
        self._launch_engine = launch_engine

    async def restore(self, build: Build, environment: Environment, *, by: str) -> Build:
        """The build itself, one that brought it back, or one that is queued to do so.

        Raises BuildInProgress, Conflict for a build that never had an image, Unavailable, and
        DiskFull.
        """
        if build.status is not BuildStatus.BUILT:
            raise Conflict(f"Build {build.id} was not successful: there is no image to restore.")
        for each in [build, *await self._store.builds.returns_of(build)]:
            if not each.status.has_ended or await self._is_to_be_had(each):
                return each
        await self._disk.check()
        restored = await self._store.builds.restore(build, requested_by=by)
        self._queue.add(restored, environment)
        return restored

    async def _is_to_be_had(self, build: Build) -> bool:
        """Whether a server can be started from the build, as far as can be known before."""
        there = build.registry_image
        if build.image_removed_at is None and build.image_id is not None:
            # From where it was built alone, no server starts that is to pull it.
            engines = [self._launch_engine] if there else [self._launch_engine, self._engine]
            for engine in distinct(*engines):
                if await engine.image(build.image_id) is not None:
                    return True
        return there is not None and await self._launch_engine.is_in_registry(there.reference)
