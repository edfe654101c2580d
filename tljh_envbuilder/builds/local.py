"""Building for the person at the terminal: the service's parts, without its database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar
from uuid import uuid4

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.base_pulls import pull_bases
from tljh_envbuilder.builds.build_log import BuildLog, record_all
from tljh_envbuilder.builds.check import ReadinessCheck
from tljh_envbuilder.builds.context import build_context
from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.builds.images import ImageNames, labels
from tljh_envbuilder.builds.waiting import wait_for_engine
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import Conflict, EngineUnavailable, EnvBuilderError, ImageBuildFailed
from tljh_envbuilder.models.build import BuildStatus
from tljh_envbuilder.models.labels import ENVIRONMENT, INSTALLATION

T = TypeVar("T")

#: Seconds for which an engine that was lost is waited for.
PATIENCE = 600.0

#: What the last build of a name is found by.
LATEST = "latest"


@dataclass(frozen=True)
class LocalRequest:
    """What to build, and what the image is called.

    `source` is where others find the repository, empty where they do not. An image that is not
    kept has no name but `<name>:latest`, and is gone with the next one that is not.
    """

    name: str
    repo_url: str
    source: str
    ref: str = "HEAD"
    builder: str = "auto"
    build_args: Mapping[str, str] = field(default_factory=dict)
    is_kept: bool = True


@dataclass(frozen=True)
class LocalImage:
    """What was built: `name` has the commit as its tag, if the image is kept."""

    name: str
    commit: str
    image: Image


class LocalBuilder(LoggingConfigurable):
    """Takes a repository through fetching, pulling, building and checking to a named image."""

    def __init__(
        self, *, engine: DockerEngine, fetcher: Fetcher, names: ImageNames, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self._engine = engine
        self._fetcher = fetcher
        self._names = names
        self._check = ReadinessCheck(engine, parent=self)

    async def build(
        self, request: LocalRequest, log: BuildLog, *, no_cache: bool = False
    ) -> LocalImage:
        """Raises BuildFailed with the reason, EngineUnavailable for an engine that stays away."""
        await self._engine.info()  # nothing is fetched for an engine that is not there
        await log.status(BuildStatus.FETCHING)
        context = await self._fetcher.fetch(
            os.getpid(),
            repo_url=request.repo_url,
            ref=request.ref,
            builder=request.builder,
            build_args=request.build_args,
            on_log=log.say,
        )
        try:
            return await self._build(request, context, log, no_cache)
        finally:
            await asyncio.to_thread(context.discard)

    async def _build(
        self, request: LocalRequest, context: FetchedContext, log: BuildLog, no_cache: bool
    ) -> LocalImage:
        dockerfile = await self._lasting(lambda: pull_bases(self._engine, context, log), log)
        name = self._names.published(request.name, context.commit)
        if not request.is_kept:
            name = self._names.of_build(request.name, uuid4().hex[:12])
        build = partial(
            build_context,
            self._engine,
            context,
            dockerfile,
            tag=name,
            # No service's, even if it begins with an image of one.
            labels=labels(
                request.name, title=request.name, source=request.source, commit=context.commit
            ),
            no_cache=no_cache,
        )
        try:
            await log.status(BuildStatus.BUILDING)
            await self._lasting(lambda: record_all(log, build()), log)
            await log.status(BuildStatus.CHECKING)
            checked = await self._lasting(lambda: self._check.check(name, labels={}), log)
            for warning in checked.warnings:
                log.say(f"Warning: {warning}")
            built = LocalImage(name, context.commit, await self._named(request, name))
        finally:
            if not request.is_kept:
                with suppress(EnvBuilderError):
                    await self._engine.remove_image(name)
        if request.is_kept:
            return built
        await self._remove_nameless(request, built.image)
        return replace(built, name=self._latest(request))

    async def _named(self, request: LocalRequest, name: str) -> Image:
        image = await self._engine.image(name)
        if image is None:
            raise ImageBuildFailed("The image has vanished from the engine; build it again.")
        await self._engine.tag_image(name, self._latest(request))
        return image

    async def _remove_nameless(self, request: LocalRequest, built: Image) -> None:
        """Remove what has lost its name to this image; what a container uses stays with it."""
        for image in await self._engine.images({ENVIRONMENT: request.name}):
            if image.id == built.id or image.tags:
                continue
            if image.labels.get(INSTALLATION):  # a service's, who looks after them
                continue
            with suppress(Conflict):
                for reference in image.nameless_references:
                    await self._engine.remove_image(reference)

    def _latest(self, request: LocalRequest) -> str:
        return f"{self._names.repository(request.name)}:{LATEST}"

    async def _lasting(self, work: Callable[[], Awaitable[T]], log: BuildLog) -> T:
        """Do the work, again if the engine is lost meanwhile: what is done comes from its cache."""
        while True:
            try:
                return await work()
            except EngineUnavailable as error:
                log.say(f"{error.message} The build goes on once it does.")
                await wait_for_engine(self._engine, patience=PATIENCE)
                log.say("The container engine answers; finished steps come from its cache.")
