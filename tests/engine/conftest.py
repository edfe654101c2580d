"""The engine under test, contexts for it to build, and names that are gone after a test."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.engine.fixture_types import LABEL, Build, MakeContext
from tljh_envbuilder.engine.build import build_image
from tljh_envbuilder.engine.connection import Connection
from tljh_envbuilder.engine.docker import DockerEngine


@pytest.fixture
async def engine(docker_host: str) -> AsyncIterator[DockerEngine]:
    """The real container engine."""
    engine = DockerEngine(docker_host=docker_host)
    yield engine
    await engine.close()


@pytest.fixture
async def tag(engine: DockerEngine) -> AsyncIterator[str]:
    """A name for an image; the image is removed afterwards, and all that have it as LABEL."""
    name = f"tljh-envbuilder-test-{uuid4().hex[:12]}:1"
    yield name
    await engine.remove_image(name, force=True)
    for image in await engine.images({LABEL: name}):
        await engine.remove_image(image.id, force=True)


@pytest.fixture
def unique() -> str:
    """Something that no cache has seen."""
    return uuid4().hex


@pytest.fixture
def make_context(tmp_path: Path) -> MakeContext:
    """Write a build context: a tar file in GNU format."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        path = tmp_path / f"{uuid4().hex}.tar"
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
            for name, content in files.items():
                data = content.encode() if isinstance(content, str) else content
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        return path

    return make


@pytest.fixture
def build(engine: DockerEngine, tag: str, make_context: MakeContext) -> Build:
    """Build a Dockerfile, with files beside it, by BuildKit."""

    def start(dockerfile: str, **options: Any) -> AsyncGenerator[Any, None]:
        context = make_context({"Dockerfile": dockerfile, "hello.txt": "hello\n"})
        defaults: dict[str, Any] = {"build_args": {}, "labels": {LABEL: tag}}
        return engine.build(context, tag=tag, dockerfile="Dockerfile", **defaults | options)

    return start


@pytest.fixture
async def build_classic(
    docker_host: str, tag: str, make_context: MakeContext
) -> AsyncIterator[Build]:
    """Build a Dockerfile by the classic builder."""
    connection = Connection(docker_host, connect_timeout=10)

    def start(dockerfile: str) -> AsyncGenerator[Any, None]:
        return build_image(
            connection,
            make_context({"Dockerfile": dockerfile}),
            tag=tag,
            dockerfile="Dockerfile",
            build_args={},
            labels={},
            builder="1",
        )

    yield start
    await connection.close()
