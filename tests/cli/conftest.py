"""Somebody at a terminal, and what they leave on the engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="tljh-envbuilder-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def engine(docker_host: str) -> Iterator[docker.DockerClient]:
    """The engine, to look at what is there."""
    with closing(docker.DockerClient(docker_host)) as client:
        yield client


@pytest.fixture
def command_line(open_folder: Path, docker_host: str) -> CommandLine:
    """The command, with a home of its own."""
    home = open_folder / "home"
    home.mkdir()
    return CommandLine(home, {"DOCKER_HOST": docker_host})


@pytest.fixture
def name(engine: docker.DockerClient) -> Iterator[str]:
    """A name for a repository, whose images are removed afterwards."""
    name = f"cli-test-{uuid4().hex[:8]}"
    yield name
    for image in engine.api.images():
        for tag in image["RepoTags"] or []:
            if f"/{name}:" in tag:
                with suppress(docker.errors.APIError):
                    engine.images.remove(tag, force=True)
