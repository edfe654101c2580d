"""Has the engine make what Python environments share, before the first of them is built."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.base_pulls import pull_bases
from tljh_envbuilder.builds.build_log import record_all
from tljh_envbuilder.builds.context import build_context
from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EnvBuilderError
from tljh_envbuilder.models.build import BuildStatus
from tljh_envbuilder.models.events import LogRecord


class _NoLog:
    """Takes what nobody reads."""

    def say(self, text: str) -> None:
        pass

    async def add(self, record: LogRecord) -> None:
        pass

    async def status(self, status: BuildStatus) -> None:
        pass


class Warmer(LoggingConfigurable):
    """Pulls and builds in the background, once; what goes wrong is told to the operator alone."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        engine: DockerEngine,
        installation: str,
        versions: Sequence[str],
        **kwargs: object,
    ) -> None:
        """`versions`: those of Python that are wanted."""
        super().__init__(**kwargs)
        self._fetcher = fetcher
        self._engine = engine
        self._installation = installation
        self._versions = versions
        self._work: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, if anything is to be done."""
        if self._versions:
            self._work = asyncio.create_task(self.warm())

    async def stop(self) -> None:
        """Leave what is not yet done."""
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work

    async def warm(self) -> None:
        """One version after the other: builds of people come at the same time."""
        for version in self._versions:
            try:
                context = await self._fetcher.shared_context(version)
                try:
                    await self._build(context, version)
                finally:
                    await asyncio.to_thread(context.discard)
            except EnvBuilderError as error:
                self.log.warning("What Python %s needs is not ready: %s", version, error)
            except Exception:
                self.log.exception("What Python %s needs is not ready", version)
            else:
                self.log.info("Environments of Python %s can be built", version)

    async def _build(self, context: FetchedContext, version: str) -> None:
        """Only the cache is wanted: the name goes again at once, and the layers stay."""
        name = f"tljh-envbuilder-shared-{self._installation}:{version}"
        dockerfile = await pull_bases(self._engine, context, _NoLog())
        events = build_context(self._engine, context, dockerfile, tag=name, labels={})
        await record_all(_NoLog(), events)
        await self._engine.remove_image(name)
