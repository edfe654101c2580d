"""From an image to what users get, and back to nothing for a build that did not come so far."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.check import CheckResult, ReadinessCheck
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.layers import sizes_of
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import ImageBuildFailed, NotFound
from tljh_envbuilder.models.build import Build, BuildStatus
from tljh_envbuilder.models.labels import BUILD, CHECK, INPUTS, INSTALLATION
from tljh_envbuilder.store.store import Store


class Publisher(LoggingConfigurable):
    """Checks images and publishes them, and removes those that are not to be published."""

    def __init__(self, *, store: Store, engine: DockerEngine, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._engine = engine
        self._names = ImageNames(parent=self)
        self._check = ReadinessCheck(engine, parent=self)

    async def has_image_of(self, build: Build) -> bool:
        """Whether the engine has finished this build's image: of a build that is resumed."""
        image = await self._engine.image(self._own_tag(build))
        if image is None or build.inputs is None:
            return False
        wanted = {
            INSTALLATION: self._store.installation,
            BUILD: str(build.id),
            INPUTS: build.inputs,
        }
        return wanted.items() <= image.labels.items()

    async def publish(self, record: BuildRecord) -> None:
        """Check the build's image, and let its environment point at it; raises ImageNotUsable."""
        await record.status(BuildStatus.CHECKING)
        own_tag = self._own_tag(record.build)
        await self._record_sizes(record, own_tag)
        await self.remove_checks(record.build)
        checked = await self._check.check(own_tag, labels={CHECK: self._store.installation})
        for warning in checked.warnings:
            record.say(f"Warning: {warning}")
        await self._point_at(record, await self._image(own_tag), checked)

    async def reuse(self, record: BuildRecord, inputs: str) -> bool:
        """Publish the image of an earlier build from the same inputs, if there is one."""
        environment = record.environment.name
        earlier = await self._store.builds.built_from(environment, inputs)
        if earlier is None or earlier.image_id is None or earlier.image_details is None:
            return False
        try:
            await self._tag(earlier.image_id, self._own_tag(record.build))
        except NotFound:
            return False
        record.say(f"Same commit and inputs as build {earlier.id}: its image is used.")
        image = await self._image(self._own_tag(record.build))
        packages = await self._store.builds.packages(earlier.id)
        checked = CheckResult(earlier.image_details, earlier.warnings, packages)
        await self._point_at(record, image, checked)
        return True

    async def discard(self, build: Build) -> None:
        """Remove what a build that was not published has left on the engine."""
        await self.remove_checks(build)
        own_tag = self._own_tag(build)
        image = await self._engine.image(own_tag)
        if image is not None:
            await self._take_back(build, image)
            await self._engine.remove_image(own_tag)

    async def remove_checks(self, build: Build) -> None:
        """Remove containers that checked the build's image when the service or the engine died."""
        labels = {CHECK: self._store.installation, BUILD: str(build.id)}
        for container in await self._engine.containers(labels):
            await self._engine.remove_container(container.id, force=True)

    async def _record_sizes(self, record: BuildRecord, image: str) -> None:
        """Tell of each step what it has added to the image."""
        steps = (await self._store.builds.get(record.build.id)).steps
        sizes = sizes_of(steps, await self._engine.layers(image))
        for step in steps:
            if step.id in sizes:
                await record.add(step.model_copy(update={"size": sizes[step.id]}))

    async def _point_at(self, record: BuildRecord, image: Image, checked: CheckResult) -> None:
        build = record.build
        assert build.resolved_ref
        packages = checked.packages
        count = None if packages is None else sum(map(_is_package, packages.splitlines()))
        await record.update(warnings=checked.warnings, packages=packages, package_count=count)
        published = self._names.published(build.environment, build.resolved_ref)
        await self._tag(image.id, published)
        await record.built(
            image=published, image_id=image.id, size=image.size, details=checked.details
        )

    async def _take_back(self, build: Build, image: Image) -> None:
        """Let the name for people mean what it meant before the build, if it got that far."""
        if build.resolved_ref is None:
            return
        name = self._names.published(build.environment, build.resolved_ref)
        named = await self._engine.image(name)
        if named is None or named.id != image.id:
            return
        earlier = await self._store.builds.published_as(build.environment, name)
        if earlier is None:
            await self._engine.remove_image(name)
        elif earlier.image_id is not None:
            with suppress(NotFound):
                await self._engine.tag_image(earlier.image_id, name)

    async def _tag(self, image_id: str, name: str) -> None:
        """Name the image, to its end also for a build that is cancelled, which removes names."""
        tagging = asyncio.ensure_future(self._engine.tag_image(image_id, name))
        try:
            await asyncio.shield(tagging)
        except asyncio.CancelledError:
            await asyncio.wait([tagging])
            raise

    async def _image(self, name: str) -> Image:
        image = await self._engine.image(name)
        if image is None:
            raise ImageBuildFailed("The image has vanished from the engine; build it again.")
        return image

    def _own_tag(self, build: Build) -> str:
        return self._names.of_build(build.environment, build.id)


def _is_package(line: str) -> bool:
    return not line.startswith("#")
