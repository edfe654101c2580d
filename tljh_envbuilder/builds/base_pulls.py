"""Pulling what a Dockerfile starts from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from tljh_envbuilder.builds.build_log import BuildLog, record_all
from tljh_envbuilder.builds.dockerfile import base_images, syntax_image, without_syntax
from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import PullFailed
from tljh_envbuilder.models.build import BuildStatus


async def pull_bases(
    engine: DockerEngine,
    context: FetchedContext,
    log: BuildLog,
    require_allowed: Callable[[str, Image], Awaitable[None]] | None = None,
    *,
    turn: Callable[[str], AbstractAsyncContextManager[object]] = nullcontext,
) -> str:
    """Pull what the Dockerfile starts from; returns the Dockerfile to build with.

    Raises PullFailed, and what `require_allowed` raises of an image that may not be used. Of all
    who look for an image of the same name and pull it, one at a time is let through by `turn`.

    Without a session BuildKit cannot log in to a registry, so that all it may need is put on
    the engine first.
    """
    dockerfile = context.dockerfile
    frontend = syntax_image(dockerfile)
    for number, name in enumerate(base_images(dockerfile, context.build_args), start=1):
        try:
            async with turn(name):
                image = await engine.image(name)
                if image is None:
                    await log.status(BuildStatus.PULLING)
                    await record_all(log, engine.pull(name, step=f"pull-{number}"))
                    image = await engine.image(name)
        except PullFailed as error:
            if name != frontend:
                raise
            log.say(
                f"{error.message} The line '# syntax={name}' is left out: the engine reads "
                "the Dockerfile by itself."
            )
            dockerfile = without_syntax(dockerfile)
            continue
        if image is None:
            raise PullFailed(f"Image '{name}' has vanished from the engine; build it again.")
        # Also what came from a registry: environments are pushed there.
        if require_allowed is not None:
            await require_allowed(name, image)
    return dockerfile
