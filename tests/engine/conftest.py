"""The engine under test, contexts for it to build, and names that are gone after a test."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tljh_envbuilder.engine.docker import DockerEngine

#: Marks what tests make; its value says which test.
LABEL = "org.example.tljh-envbuilder-test"

MakeContext = Callable[[Mapping[str, str | bytes]], Path]


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
