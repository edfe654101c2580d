"""The build context: a tar file to which the Dockerfile is added last, and what is built of it."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path

from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.events import LogRecord


async def build_context(
    engine: DockerEngine,
    context: FetchedContext,
    dockerfile: str,
    *,
    tag: str,
    labels: Mapping[str, str],
    no_cache: bool = False,
) -> AsyncGenerator[LogRecord, None]:
    """Build an image of what was fetched, with this Dockerfile; yields what the engine says.

    Closing the generator cancels the build. Raises ImageBuildFailed.
    """
    await asyncio.to_thread(add_dockerfile, context.context, context.dockerfile_name, dockerfile)
    events = engine.build(
        context.context,
        tag=tag,
        dockerfile=context.dockerfile_name,
        build_args=context.build_args,
        labels={**context.labels, **labels},
        no_cache=no_cache,
    )
    async with aclosing(events):
        async for event in events:
            yield event


def add_dockerfile(context: Path, name: str, text: str) -> None:
    """Append the Dockerfile to the tar file, where the last one of a name is the one that counts.

    The format must be GNU: BuildKit looks at the first 1024 bytes only, and takes a tar that
    begins with a PAX header for a Dockerfile. The times are constant, as the engine's cache
    compares the files' metadata too.
    """
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o644
    with tarfile.open(context, "a", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(entry, io.BytesIO(content))
