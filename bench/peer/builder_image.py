"""The image that tljh-repo2docker builds with."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import docker

from bench.straight import as_it_is, build_context
from dev.base_image import pull

VERSION = "2025.12.0"
NAME = f"quay.io/jupyterhub/repo2docker:{VERSION}"


@contextmanager
def builder_image(docker_host: str, base_image: str) -> Iterator[None]:
    """Let the engine have the image: its own, pulled, or made here and removed in the end."""
    if _has_image(docker_host) or pull(docker_host, NAME):
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder, "context.tar")
        arguments = {"BASE_IMAGE": base_image, "VERSION": VERSION}
        as_it_is(Path(__file__).parent / "image", context)
        asyncio.run(build_context(context, NAME, arguments, docker_host=docker_host))
    try:
        yield
    finally:
        with closing(docker.DockerClient(docker_host)) as engine:
            engine.images.remove(NAME, force=True)


def _has_image(docker_host: str) -> bool:
    with closing(docker.DockerClient(docker_host)) as engine:
        return bool(engine.images.list(NAME))
