"""The images that a Dockerfile names: which may be used, and that they are there."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from tljh_envbuilder.builds.dockerfile import base_images, syntax_image, without_syntax
from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import BuildFailed, EnvironmentNotFound, PullFailed
from tljh_envbuilder.models import labels
from tljh_envbuilder.models.build import BuildStatus, Step
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.events import LogRecord
from tljh_envbuilder.store.store import Store

# How BuildKit names the step that looks up a base.
_LOOK_UP = re.compile(r"\[[^]]*\] load metadata for (?P<image>\S+)")


class Bases:
    """Puts the bases of a build on the engine, and keeps other people's environments out of it."""

    def __init__(self, *, engine: DockerEngine, store: Store) -> None:
        self._engine = engine
        self._store = store

    async def prepare(self, record: BuildRecord, context: FetchedContext) -> str:
        """Pull what the Dockerfile starts from; returns the Dockerfile to build with.

        Without a session BuildKit cannot log in to a registry, so that all it may need is put on
        the engine first.
        """
        dockerfile = context.dockerfile
        frontend = syntax_image(dockerfile)
        for number, name in enumerate(base_images(dockerfile, context.build_args), start=1):
            image = await self._engine.image(name)
            if image is not None:
                await self.require_allowed(name, image, record.environment)
                continue
            await record.status(BuildStatus.PULLING)
            try:
                await record_all(record, self._engine.pull(name, step=f"pull-{number}"))
            except PullFailed as error:
                if name != frontend:
                    raise
                record.say(
                    f"{error.message} The line '# syntax={name}' is left out: the engine reads "
                    "the Dockerfile by itself."
                )
                dockerfile = without_syntax(dockerfile)
        return dockerfile

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
        if source is None or not is_ours or source == environment.name:
            return
        try:
            other = await self._store.environments.get(source)
        except EnvironmentNotFound:
            other = None
        if other and (other.visibility.everyone or other.owner == environment.owner):
            return
        raise BuildFailed(
            f"The image '{name}' belongs to an environment that is not for everyone: start from "
            "another one."
        )


async def record_all(record: BuildRecord, events: AsyncGenerator[LogRecord, None]) -> None:
    """Add what the engine says as it says it."""
    # Closed at once when this is cancelled, which is what makes the engine stop.
    async with aclosing(events):
        async for event in events:
            await record.add(event)
