"""The images that a Dockerfile names: which may be used, and that they are there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from weakref import WeakValueDictionary

from tljh_envbuilder.builds.base_pulls import pull_bases
from tljh_envbuilder.builds.dockerfile import base_images, variable_bases
from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import BuildFailed, NotFound
from tljh_envbuilder.models import labels
from tljh_envbuilder.models.build import Step
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.events import LogRecord
from tljh_envbuilder.store.store import Store

# How BuildKit names the step that looks up a base, and Podman the one that begins with it.
_LOOK_UP = re.compile(r"\[[^]]*\] (?:load metadata for|FROM) (?P<image>\S+)(?: AS \S+)?")


class Bases:
    """Puts the bases of a build on the engine, and keeps other people's environments out of it."""

    def __init__(self, *, engine: DockerEngine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, name: str) -> asyncio.Lock:
        """Whoever has it is the only one who pulls the image of this name, or forgets it."""
        return self._turns.setdefault(name, asyncio.Lock())

    async def prepare(self, record: BuildRecord, context: FetchedContext) -> str:
        """As `pull_bases`; raises BuildFailed for a base that the environment may not use.

        Also for one that cannot be told before it is used.
        """
        if unread := variable_bases(context.dockerfile):
            raise BuildFailed(
                f"The Dockerfile takes files from an image that a variable names ('{unread[0]}'): "
                "give it a stage of its own (FROM … AS name), and take them from there."
            )

        async def require_allowed(name: str, image: Image) -> None:
            await self.require_allowed(name, image, record.environment)

        return await pull_bases(self._engine, context, record, require_allowed, turn=self.turn)

    async def ids(self, context: FetchedContext, dockerfile: str) -> dict[str, str | None]:
        """The ids of the bases by name; None for one that is not on the engine."""
        ids = {}
        for name in base_images(dockerfile, context.build_args):
            image = await self._engine.image(name)
            ids[name] = None if image is None else image.id
        return ids

    async def watched(
        self, events: AsyncGenerator[LogRecord, None], environment: Environment
    ) -> AsyncGenerator[LogRecord, None]:
        """The events of a build, which fails if it looks up a base that it may not use.

        The engine's frontend may expand a name in ways that reading the Dockerfile does not.
        """
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Step) and (found := _LOOK_UP.fullmatch(event.name)):
                    image = await self._engine.image(found["image"])
                    if image is not None:
                        await self.require_allowed(found["image"], image, environment)
                yield event

    async def require_allowed(self, name: str, image: Image, environment: Environment) -> None:
        """Raises BuildFailed for the image of an environment that is not for everyone."""
        source = image.labels.get(labels.ENVIRONMENT)
        is_ours = image.labels.get(labels.INSTALLATION) == self._store.installation
        if source is None or not is_ours:
            return
        other = await self._built_for(image)
        if other is not None and (
            other.name == environment.name
            or other.visibility.everyone
            or other.owner == environment.owner
        ):
            return
        raise BuildFailed(
            f"The image '{name}' belongs to an environment that is not for everyone: start from "
            "another one."
        )

    async def _built_for(self, image: Image) -> Environment | None:
        """The environment whose build made the image; None if it is gone.

        By the build, for its name may be another environment's by now.
        """
        number = labels.build_in(image.labels)
        if number is None:
            return None
        try:
            build = await self._store.builds.get(number)
            return await self._store.environments.get(build.environment)
        except NotFound:
            return None
