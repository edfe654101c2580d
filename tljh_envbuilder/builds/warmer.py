"""Has the engine make what Python environments share, before the first of them is built."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.context import add_dockerfile
from tljh_envbuilder.builds.dockerfile import base_images
from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EnvBuilderError


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
                    await self._pull(context)
                    await self._build(context, version)
                finally:
                    await asyncio.to_thread(context.discard)
            except EnvBuilderError as error:
                self.log.warning("What Python %s needs is not ready: %s", version, error)
            except Exception:
                self.log.exception("What Python %s needs is not ready", version)
            else:
                self.log.info("Environments of Python %s can be built", version)

    async def _pull(self, context: FetchedContext) -> None:
        for number, name in enumerate(base_images(context.dockerfile, {}), start=1):
            if await self._engine.image(name) is None:
                async with aclosing(self._engine.pull(name, step=f"pull-{number}")) as events:
                    async for _ in events:
                        pass

    async def _build(self, context: FetchedContext, version: str) -> None:
        """Only the cache is wanted: the name goes again at once, and the layers stay."""
        name = f"tljh-envbuilder-shared-{self._installation}:{version}"
        await asyncio.to_thread(
            add_dockerfile, context.context, context.dockerfile_name, context.dockerfile
        )
        events = self._engine.build(
            context.context,
            tag=name,
            dockerfile=context.dockerfile_name,
            build_args=context.build_args,
            labels=context.labels,
        )
        async with aclosing(events):
            async for _ in events:
                pass
        await self._engine.remove_image(name)
