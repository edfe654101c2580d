"""Building for the person at the terminal: the service's parts, without its database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.base_pulls import pull_bases
from tljh_envbuilder.builds.build_log import BuildLog, record_all
from tljh_envbuilder.builds.check import ReadinessCheck
from tljh_envbuilder.builds.context import add_dockerfile
from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import EngineUnavailable, ImageBuildFailed
from tljh_envbuilder.models.build import BuildStatus
from tljh_envbuilder.models.labels import ENVIRONMENT

T = TypeVar("T")

#: Seconds for which an engine that was lost is waited for, and between two looks.
PATIENCE = 600.0
RETRY_INTERVAL = 1.0

#: What the last build of a name is found by.
LATEST = "latest"


@dataclass(frozen=True)
class LocalRequest:
    """What to build: `name` is the image's, `source` is where people find the repository."""

    name: str
    repo_url: str
    source: str
    ref: str = "HEAD"
    build_args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LocalImage:
    """What was built: `name` has the commit as its tag."""

    name: str
    commit: str
    image: Image


class LocalBuilder(LoggingConfigurable):
    """Takes a repository through fetching, pulling, building and checking to a named image."""

    def __init__(self, *, engine: DockerEngine, fetcher: Fetcher, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._engine = engine
        self._fetcher = fetcher
        self._names = ImageNames(parent=self)
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
            builder="auto",
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
        await asyncio.to_thread(
            add_dockerfile, context.context, context.dockerfile_name, dockerfile
        )
        name = self._names.published(request.name, context.commit)
        await log.status(BuildStatus.BUILDING)
        await self._lasting(lambda: self._run_steps(name, request, context, log, no_cache), log)
        await log.status(BuildStatus.CHECKING)
        checked = await self._lasting(lambda: self._check.check(name, labels={}), log)
        for warning in checked.warnings:
            log.say(f"Warning: {warning}")
        return LocalImage(name, context.commit, await self._named(request, name))

    async def _run_steps(
        self,
        name: str,
        request: LocalRequest,
        context: FetchedContext,
        log: BuildLog,
        no_cache: bool,
    ) -> None:
        labels = {
            "org.opencontainers.image.source": request.source,
            "org.opencontainers.image.revision": context.commit,
            "org.opencontainers.image.title": request.name,
            ENVIRONMENT: request.name,
        }
        events = self._engine.build(
            context.context,
            tag=name,
            dockerfile=context.dockerfile_name,
            build_args=context.build_args,
            labels={**context.labels, **labels},
            no_cache=no_cache,
        )
        await record_all(log, events)

    async def _named(self, request: LocalRequest, name: str) -> Image:
        image = await self._engine.image(name)
        if image is None:
            raise ImageBuildFailed("The image has vanished from the engine; build it again.")
        await self._engine.tag_image(name, f"{self._names.repository(request.name)}:{LATEST}")
        return image

    async def _lasting(self, work: Callable[[], Awaitable[T]], log: BuildLog) -> T:
        """Do the work, again if the engine is lost meanwhile: what is done comes from its cache."""
        while True:
            try:
                return await work()
            except EngineUnavailable as error:
                log.say(f"{error.message} The build goes on once it does.")
                await self._wait_for_engine()
                log.say("The container engine answers; finished steps come from its cache.")

    async def _wait_for_engine(self) -> None:
        """Raises EngineUnavailable when the engine stays away."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            await asyncio.sleep(RETRY_INTERVAL)
            try:
                await self._engine.info()
            except EngineUnavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            else:
                return
