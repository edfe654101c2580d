"""Removes the images that no build needs any more, wherever the engines have them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image, NamedImage
from tljh_envbuilder.errors import Conflict, EngineUnavailable
from tljh_envbuilder.models.labels import BUILD, ENVIRONMENT, INSTALLATION
from tljh_envbuilder.store.images import BuildImage
from tljh_envbuilder.store.store import Store


@dataclass(frozen=True)
class _Found:
    """What an engine has: images with our labels, the names of all, and the ids in use."""

    engine: DockerEngine
    ours: list[Image]
    all: list[NamedImage]
    used: set[str]


class _Needed:
    """The builds whose images stay, and how those are known."""

    def __init__(self, builds: Sequence[BuildImage], names: ImageNames) -> None:
        #: The builds' own tags, with the ids of their images; None while they run.
        self.tags = {
            names.of_build(each.environment, each.build_id): each.image_id for each in builds
        }
        self.ids = {each.image_id for each in builds} - {None}
        #: Engines may keep one image under different ids; it has one digest.
        self.references = {each.reference for each in builds} - {None}
        self.kept = {(each.environment, each.image_id) for each in builds}


class ImageCleaner(LoggingConfigurable):
    """Knows images by their labels, and those that have none of ours by the names we gave them.

    The engines, which are never forced, have the last word where a server starts at that moment.
    """

    def __init__(
        self,
        *,
        store: Store,
        engines: Collection[DockerEngine],
        names: ImageNames,
        registry: Registry,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._engines = engines
        self._names = names
        self._registry = registry

    async def clean(self, *, keep: int) -> tuple[list[str], list[BuildImage]]:
        """Remove what can be removed; the names that went, and the builds that lost an image.

        Of each environment the images of the latest `keep` successful builds stay.
        """
        # Before the database is asked what is needed, so that what appears in between stays.
        looks = [await self._look_if_there(engine) for engine in self._engines]
        found = [look for look in looks if look is not None]
        expired = []
        if len(found) == len(looks):  # else it is not known what is in use
            used = set[str]().union(*(each.used for each in found))
            expired = await self._store.images.expire(keep=keep, used=used)
        needed = _Needed(await self._store.images.needed(), self._names)
        removed = []
        for each in found:
            removed += await self._clean(each, needed)
        return removed, expired

    async def _clean(self, found: _Found, needed: _Needed) -> list[str]:
        unneeded = {
            image.id: image
            for image in found.ours
            if image.id not in found.used and not self._is_needed(image, needed)
        }
        others = [image for image in found.all if image.id not in unneeded]
        unused = [image for image in others if not image.tags and image.id not in found.used]
        together = [self._names_of(image) for image in unneeded.values()]
        together += await self._given_up(others, needed)
        together += await self._pulled(unused, needed)
        removed = []
        for names in together:
            removed += await self._remove(found.engine, names)
        return removed

    async def _look_if_there(self, engine: DockerEngine) -> _Found | None:
        """One engine that is away keeps nobody from cleaning the other."""
        try:
            return await self._look(engine)
        except EngineUnavailable as error:
            self.log.warning("Images stay: %s", error)
            return None

    async def _look(self, engine: DockerEngine) -> _Found:
        ours = await engine.images({INSTALLATION: self._store.installation})
        used = {container.image_id for container in await engine.containers({})}
        return _Found(engine, ours, await engine.named_images(), used)

    def _is_needed(self, image: Image, needed: _Needed) -> bool:
        labels = image.labels
        built_by = self._names.of_build(labels.get(ENVIRONMENT, ""), labels.get(BUILD, ""))
        runs = built_by in needed.tags and needed.tags[built_by] is None
        return (
            runs
            or image.id in needed.ids
            or not needed.tags.keys().isdisjoint(image.tags)
            or not needed.references.isdisjoint(image.digests)
        )

    def _names_of(self, image: Image) -> list[str]:
        """The names that go with an image, unless a person has given it a further one."""
        if not image.tags:
            return list(image.nameless_references)
        ours = f"{self._names.repository(image.labels.get(ENVIRONMENT, ''))}:"
        is_of_build = {tag: self._names.build_in(tag) is not None for tag in image.tags}
        names = [
            tag
            for tag in image.tags
            # A push that was killed leaves the name that it was to push, perhaps that of a copy.
            if is_of_build[tag] or tag.startswith(ours) or self._registry.is_of_push(tag)
        ]
        # The builds' own tags last: the engine leaves the last one to an image that a server has
        # begun to use at this moment.
        return sorted(names, key=lambda tag: is_of_build[tag])

    async def _given_up(self, images: Sequence[NamedImage], needed: _Needed) -> list[list[str]]:
        """The names that each build without an image has left on images of others.

        Images of registries carry none of our labels, and those of copies the labels of the build
        that made them, so that they are not found by those.
        """
        tags = {tag: image.id for image in images for tag in image.tags}
        left = {self._names.build_in(tag) for tag in tags.keys() - needed.tags.keys()}
        together = []
        for build in await self._store.images.given_up({each for each in left if each is not None}):
            names = [self._names.of_build(build.environment, build.build_id)]
            if build.image and (build.environment, build.image_id) not in needed.kept:
                names.insert(0, build.image)
            together.append([name for name in names if tags.get(name, "") == build.image_id])
        return together

    async def _pulled(self, images: Sequence[NamedImage], needed: _Needed) -> list[list[str]]:
        """Images pulled by digest for server starts whose builds have given up their image."""
        pulled = {reference for image in images for reference in image.digests}
        given_up = await self._store.images.given_up_references(pulled - needed.references)
        return [[reference] for reference in sorted(given_up)]

    async def _remove(self, engine: DockerEngine, names: Sequence[str]) -> list[str]:
        """Remove names of one image, in order; those that went."""
        removed = []
        for name in names:
            try:
                await engine.remove_image(name)
            except Conflict as conflict:
                self.log.info("%s", conflict)
                break
            removed.append(name)
        return removed
