"""What a real engine makes of the contexts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fetching import Fetch

from dev.git_server import GitServer
from tljh_envbuilder.builds.context import build_context
from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.build import Step


@pytest.fixture
async def engine(docker_host: str) -> AsyncIterator[DockerEngine]:
    engine = DockerEngine(docker_host=docker_host)
    yield engine
    await engine.close()


@pytest.fixture
async def tag(engine: DockerEngine) -> AsyncIterator[str]:
    name = f"tljh-envbuilder-test-{uuid4().hex[:12]}:1"
    yield name
    await engine.remove_image(name, force=True)


async def build(engine: DockerEngine, tag: str, context: FetchedContext) -> dict[str, bool]:
    """Build it; tells of each COPY step whether it came from the cache."""
    steps: dict[str, bool] = {}
    async for event in build_context(engine, context, context.dockerfile, tag=tag, labels={}):
        if isinstance(event, Step) and "COPY" in event.name:
            steps[event.name.partition("COPY")[2].strip()] = event.cached
    return steps


async def test_a_long_first_name_does_not_make_the_engine_take_the_context_for_a_dockerfile(
    git_server: GitServer, fetch: Fetch, engine: DockerEngine, tag: str
) -> None:
    long = f"{'0' * 120}/{'1' * 120}.txt"
    files = {"binder/Dockerfile": "FROM scratch\n", long: uuid4().hex}
    context = await fetch(git_server.create("long-name", files).url)
    await build(engine, tag, context)
    assert await engine.image(tag) is not None


async def test_the_engine_copies_only_what_has_changed(
    git_server: GitServer, fetch: Fetch, engine: DockerEngine, tag: str
) -> None:
    dockerfile = "FROM scratch\nCOPY packages.txt /\n"
    files = {"Dockerfile": dockerfile, "packages.txt": uuid4().hex, "notes.md": "1"}
    repository = git_server.create("cached", files)
    context = await fetch(repository.url)
    first = await build(engine, tag, context)
    once_more = await build(engine, tag, context)  # as when the engine was lost meanwhile
    again = await build(engine, tag, await fetch(repository.url))
    repository.commit({"notes.md": "2"})
    changed = await build(engine, tag, await fetch(repository.url))
    assert first == {"packages.txt /": False, ". /srv/repo": False}
    assert once_more == again == {"packages.txt /": True, ". /srv/repo": True}
    assert changed == {"packages.txt /": True, ". /srv/repo": False}
