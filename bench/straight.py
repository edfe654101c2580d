"""Builds that go straight to the engine: what there is beside a service, and the least possible."""

from __future__ import annotations

import asyncio
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tljh_envbuilder.engine.docker import DockerEngine

#: Writes the context of a checkout, with its Dockerfile, to a tar file.
WriteContext = Callable[[Path, Path], None]

#: What repo2docker's Dockerfiles want to know; others do not ask.
BUILD_ARGS = {"NB_USER": "jovyan", "NB_UID": "1000", "REPO_DIR": "/srv/repo"}


def as_it_is(checkout: Path, context: Path) -> None:
    """The context that `docker build` would send: all files but git's."""
    # BuildKit does not know a tar with PAX headers for an archive.
    with tarfile.open(context, "w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(checkout.iterdir()):
            if path.name != ".git":
                tar.add(path, path.name, filter=_without_time)


def clone(repo_url: str, checkout: Path) -> None:
    """The newest commit alone."""
    command = ["git", "clone", "--quiet", "--depth=1", repo_url, str(checkout)]
    subprocess.run(command, check=True)


def build_straight(
    repo_url: str, tag: str, *, docker_host: str = "", write: WriteContext = as_it_is
) -> float:
    """Clone, build, and give the seconds that both took."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        checkout, context = Path(folder, "checkout"), Path(folder, "context.tar")
        began = time.perf_counter()
        clone(repo_url, checkout)
        write(checkout, context)
        asyncio.run(build_context(context, tag, BUILD_ARGS, docker_host=docker_host))
        return time.perf_counter() - began


async def build_context(
    context: Path, tag: str, build_args: Mapping[str, str], *, docker_host: str = ""
) -> None:
    """Have the engine build what is in the tar file."""
    engine = DockerEngine(docker_host=docker_host)
    try:
        events = engine.build(
            context, tag=tag, dockerfile="Dockerfile", build_args=build_args, labels={}
        )
        async for _ in events:
            pass
    finally:
        await engine.close()


def _without_time(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The engine's cache compares the times of files, and a clone's are those of the clone."""
    entry.mtime = 0
    return entry
