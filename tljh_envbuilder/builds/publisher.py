"""From an image to what users get, and back to nothing for a build that did not come so far."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.build_log import record_all
from tljh_envbuilder.builds.check import CheckResult, ReadinessCheck
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.layers import sizes_of
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.engine.pull import ended
from tljh_envbuilder.errors import (
    BuildNotFound,
    ConfigurationError,
    CredentialsLost,
    ImageBuildFailed,
    NotFound,
    PullFailed,
    PushFailed,
)
from tljh_envbuilder.models.build import Build, BuildStatus, RegistryImage, Step, StepStatus
from tljh_envbuilder.models.labels import BUILD, CHECK, INPUTS, INSTALLATION
from tljh_envbuilder.store.store import Store

_NOT_PUSHED = "The image was not pushed:"


class Publisher(LoggingConfigurable):
    """Checks images and publishes them, and removes those that are not to be published."""

    def __init__(
        self,
        *,
        store: Store,
        engine: DockerEngine,
        names: ImageNames,
        registry: Registry,
        must_push: bool,
        **kwargs: object,
    ) -> None:
        """`must_push`: an image that is on this engine alone is one that no server starts from."""
        super().__init__(**kwargs)
        self._store = store
        self._engine = engine
        self._must_push = must_push
        self._names = names
        self._check = ReadinessCheck(engine, parent=self)
        self._registry = registry

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
        """Check the build's image, and let its environment point at it.

        Raises ImageNotUsable, and PushFailed where servers would lack what was not pushed.
        """
        await record.status(BuildStatus.CHECKING)
        own_tag = self._own_tag(record.build)
        await self._record_sizes(record, own_tag)
        await self.remove_checks(record.build)
        # The image's own label may be another build's or missing: not all are built by this one.
        labels = {CHECK: self._store.installation, BUILD: str(record.build.id)}
        checked = await self._check.check(own_tag, labels=labels)
        for warning in checked.warnings:
            record.say(f"Warning: {warning}")
        await self._point_at(record, await self._image(own_tag), checked)

    async def reuse(self, record: BuildRecord, inputs: str) -> bool:
        """Publish the image of an earlier build from the same inputs, if there is one."""
        environment = record.environment.name
        earlier = await self._store.builds.built_from(environment, inputs)
        if earlier is None or not await self._take(record, earlier):
            return False
        record.say(f"Same commit and inputs as build {earlier.id}: its image is used.")
        await self._publish_as(record, earlier)
        return True

    async def copy(self, record: BuildRecord) -> bool:
        """Publish the image of the build that this one copies, if it is still to be had."""
        build = record.build
        if build.origin_build is None:
            return False
        try:
            origin = await self._store.builds.get(build.origin_build)
        except BuildNotFound:
            origin = None
        if origin is None or not await self._take(record, origin):
            record.say(
                f"The image of build {build.origin_build} is gone: it is made again, of "
                f"{build.resolved_ref or build.ref}."
            )
            return False
        await record.update(
            resolved_ref=origin.resolved_ref, inputs=origin.inputs, buildpack=origin.buildpack
        )
        record.say(f"The image of build {origin.id} of {origin.environment} is used.")
        await self._publish_as(record, origin)
        return True

    async def _take(self, record: BuildRecord, earlier: Build) -> bool:
        """Give the build the image of an earlier one, from the registry if need be."""
        if earlier.image_id is None or earlier.image_details is None:
            return False
        image = await self._engine.image(earlier.image_id) or await self._pulled(record, earlier)
        if image is None:
            return False
        await self.make_own(record, image)
        return True

    async def _pulled(self, record: BuildRecord, earlier: Build) -> Image | None:
        """The image of an earlier build from the registry, if that has it."""
        if earlier.registry_image is None:
            return None
        reference = earlier.registry_image.reference
        try:
            await record.status(BuildStatus.PULLING)
            await record_all(record, self._engine.pull(reference, step="pull"))
        except PullFailed as failure:
            record.say(f"{failure.message} It is built anew.")
            return None
        return await self._image(reference)

    async def make_own(self, record: BuildRecord, image: Image) -> None:
        """Make an image that was not built for it the build's own.

        The row says so first: the image need not have labels of ours, by which it would be found
        once the build has come to nothing and could not discard it.
        """
        await record.update(image_id=image.id)
        await self._tag(image.id, self._own_tag(record.build))

    async def _publish_as(self, record: BuildRecord, earlier: Build) -> None:
        """Publish an image that was checked for an earlier build."""
        assert earlier.image_details is not None
        image = await self._image(self._own_tag(record.build))
        if record.build.source_image or earlier.environment == record.build.environment:
            # A place in the registry that is another environment's goes with that one.
            await record.update(registry_image=earlier.registry_image)
        packages = await self._store.builds.packages(earlier.id)
        warnings = [each for each in earlier.warnings if not each.startswith(_NOT_PUSHED)]
        checked = CheckResult(earlier.image_details, warnings, packages)
        await self._point_at(record, image, checked)

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
        problems = list(checked.warnings)
        if self._registry.host and build.source_image is None:
            problems += await self._push(record, image)
        published = self._names.published(build.environment, build.resolved_ref)
        await record.update(
            warnings=problems, packages=packages, package_count=count, image=published
        )
        await self._tag(image.id, published)
        await record.built(
            image=published, image_id=image.id, size=image.size, details=checked.details
        )

    async def _push(self, record: BuildRecord, image: Image) -> list[str]:
        """Push the image; says what went wrong, for the image is fine.

        Users go on with the image that is on the engine, and the next build pushes again. Where
        servers run on another engine, raises PushFailed: users go on with the build before.

        Also what has been pushed before, for the registry may have lost it: what it has is not
        sent again.
        """
        await record.status(BuildStatus.PUSHING)
        try:
            pushed = await self._pushed(record, image)
        except (PushFailed, CredentialsLost, ConfigurationError) as failure:
            problem = f"{_NOT_PUSHED} {failure.message}"
            if self._must_push:
                raise PushFailed(
                    f"{problem} Servers run on another engine, which gets images from there."
                ) from failure
            problem += " It can be used on this Hub; build again to push it."
            record.say(f"Warning: {problem}")
            return [problem]
        record.say(f"Pushed: {pushed.pull_command}")
        return []

    async def _pushed(self, record: BuildRecord, image: Image) -> RegistryImage:
        """Where the image has been pushed to; raises PushFailed, after the limit as well."""
        limit = self._registry.push_timeout
        steps: list[Step] = []

        async def push() -> None:
            build = record.build
            assert build.resolved_ref
            pushing = self._registry.push(image.id, build.environment, build.resolved_ref)
            async with aclosing(pushing) as records:
                async for each in records:
                    if isinstance(each, RegistryImage):
                        await record.update(registry_image=each)
                        continue
                    if isinstance(each, Step):
                        steps.append(each)
                    await record.add(each)

        try:
            await asyncio.wait_for(push(), limit or None)
        except asyncio.TimeoutError:
            if steps and steps[-1].status is StepStatus.RUNNING:
                await record.add(ended(steps[-1], StepStatus.FAILED))
            raise PushFailed(
                f"It took longer than {limit:g} s, the limit that the operator set "
                "(Registry.push_timeout)."
            ) from None
        assert record.build.registry_image
        return record.build.registry_image

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
