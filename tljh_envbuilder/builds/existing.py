"""An existing image in place of a build: it is pulled, and nothing is built."""

from __future__ import annotations

import asyncio
import logging

from tljh_envbuilder.builds.bases import Bases
from tljh_envbuilder.builds.build_log import record_all
from tljh_envbuilder.builds.publisher import Publisher
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import EnvBuilderError, PullFailed
from tljh_envbuilder.models.build import BuildStatus, RegistryImage
from tljh_envbuilder.models.reference import parse_reference

_log = logging.getLogger(__name__)


class ExistingImages:
    """Gets the images of environments that are images."""

    def __init__(self, *, engine: DockerEngine, bases: Bases, publisher: Publisher) -> None:
        self._engine = engine
        self._bases = bases
        self._publisher = publisher

    async def get(self, record: BuildRecord, name: str) -> None:
        """Pull the image as the build's own; raises PullFailed, and BuildFailed if it may not be.

        Always pulled, also where the engine has an image of that name: the registry's is meant, and
        what else is on the engine is not for everybody.
        """
        await record.status(BuildStatus.PULLING)
        # Whoever comes next pulls after the name is gone, or it would be taken for somebody else's.
        async with self._bases.turn(name):
            was_there = await self._engine.image(name) is not None
            try:
                await record_all(record, self._engine.pull(name, step="pull"))
                found = await self._take(record, name)
            finally:
                if not was_there:
                    await asyncio.shield(self._forget(name))
        await record.update(
            resolved_ref=found.digest.partition(":")[2], registry_image=found, buildpack=None
        )
        record.say(f"{name} is {found.reference}.")

    async def _take(self, record: BuildRecord, name: str) -> RegistryImage:
        """Make what was pulled the build's own; where it came from."""
        image = await self._engine.image(name)
        if image is None:
            raise PullFailed(f"Image '{name}' has vanished from the engine; build it again.")
        await self._bases.require_allowed(name, image, record.environment)
        found = _in_registry(name, image)
        await self._publisher.make_own(record, image)
        return found

    async def _forget(self, name: str) -> None:
        """Remove the name that the pull has given: under it nothing would ever remove the image."""
        try:
            await self._engine.remove_image(name)
        except EnvBuilderError as error:
            _log.warning("%s stays on the engine: %s", name, error)


def _in_registry(name: str, image: Image) -> RegistryImage:
    """Where the image has just been found; an engine writes Docker Hub's names in several ways."""
    reference = parse_reference(name)
    assert reference is not None
    for known in image.digests:
        other = parse_reference(known)
        if other is None or other.digest is None:
            continue
        repository = other.repository.removeprefix("library/")
        is_same = repository == reference.repository.removeprefix("library/")
        if other.registry == reference.registry and is_same:
            if reference.digest not in {None, other.digest}:
                continue
            bare = known.partition("@")[0]
            return RegistryImage(name=bare, tag=reference.tag, digest=other.digest)
    raise PullFailed(f"The engine does not tell the digest of '{name}'.")
