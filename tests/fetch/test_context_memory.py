"""What a large repository costs in memory: of the worker that fetches it, and of the service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from fetching import Fetch

from dev.git_server import GitRepository, GitServer
from tljh_envbuilder.builds.context import add_dockerfile
from tljh_envbuilder.engine.docker import DockerEngine

MEBIBYTE = 2**20
#: The files of the repository, far more than what the processes need by themselves.
FILES, FILE_SIZE = 60, 8 * MEBIBYTE
ALLOWED = 220 * MEBIBYTE


@pytest.fixture(scope="module")
def large(git_server: GitServer) -> GitRepository:
    """A repository of 480 MiB, which git packs into very little."""
    files = {f"data/{number}.bin": bytes(FILE_SIZE) for number in range(FILES)}
    return git_server.create("large", {"requirements.txt": "six\n", **files})


def peak_of(process: str) -> int:
    """The most memory that a process has had so far, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])


def forget_peak() -> int:
    """Let the peak of this process be what it has now, which is returned."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_of("self")


class Peak:
    """The largest peak of the processes that work in a folder, while they are there."""

    def __init__(self, folder: Path) -> None:
        self.bytes = 0
        self._folder = folder

    async def watch(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(0.02)

    def _look(self) -> None:
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError, TypeError):  # it has just ended
                if link.readlink().is_relative_to(self._folder):
                    self.bytes = max(self.bytes, peak_of(link.parent.name))


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Peak]:
    peak = Peak(folder)
    watching = asyncio.create_task(peak.watch())
    yield peak
    watching.cancel()


@pytest.mark.parametrize("builder", ["auto", "repo2docker"])
async def test_the_worker_does_not_hold_the_repository(
    fetch: Fetch, open_folder: Path, large: GitRepository, builder: str
) -> None:
    async with watched(open_folder) as peak:
        context = await fetch(large.url, builder=builder)
    assert context.size > FILES * FILE_SIZE
    assert 20 * MEBIBYTE < peak.bytes < ALLOWED


async def test_the_service_does_not_hold_the_context(
    fetch: Fetch, large: GitRepository, docker_host: str
) -> None:
    large.commit({"Dockerfile": "FROM scratch\nCOPY requirements.txt /\n"}, branch="image")
    context = await fetch(large.url, "image")
    assert context.size > FILES * FILE_SIZE
    # Without the copy of all files that the fetch has added: what counts is what is sent.
    add_dockerfile(context.context, "Dockerfile", "FROM scratch\nCOPY requirements.txt /\n")
    tag = f"tljh-envbuilder-test-{uuid4().hex[:12]}:1"
    before = forget_peak()
    engine = DockerEngine(docker_host=docker_host)
    try:
        async for _ in engine.build(
            context.context, tag=tag, dockerfile="Dockerfile", build_args={}, labels={}
        ):
            pass
        assert peak_of("self") - before < 50 * MEBIBYTE
        assert await engine.image(tag) is not None
    finally:
        await engine.remove_image(tag, force=True)
        await engine.close()
