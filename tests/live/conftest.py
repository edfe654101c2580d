"""A real Hub with its proxy, this service, the engine and a git server, for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitRepository, GitServer
from tests.live.service import ADMIN, BUILDER, STUDENT, Deployment


def make_deployment(
    folder: Path, hub_address: str, *, service_extra: str = "", **settings: Any
) -> Deployment:
    """A Hub with this service, which is not started yet; `settings` as in dev/deployment.py.

    For a few builds no fetch worker is kept ready, which costs more than it gains.
    """
    extra = f"c.Fetcher.ready_worker = False\n{service_extra}"
    return Deployment(folder, hub_address, service_extra=extra, **settings)


@pytest.fixture(scope="session")
def deployment(
    hub_address: str, base_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The Hub and the service as an operator gets them."""
    folder = tmp_path_factory.mktemp("deployment")
    live = Deployment(folder, hub_address, base_image=base_image)
    with live:
        yield live


@pytest.fixture(scope="session")
def engine(docker_host: str) -> Iterator[docker.DockerClient]:
    """The engine, to look at what the service has really left there."""
    client = docker.DockerClient(base_url=docker_host)
    yield client
    client.close()


@pytest.fixture
def admin(deployment: Deployment):  # noqa: ANN201
    """An administrator of the Hub, by token."""
    return deployment.client(ADMIN)


@pytest.fixture
def builder(deployment: Deployment):  # noqa: ANN201
    """Somebody who may add environments and manage their own."""
    return deployment.client(BUILDER)


@pytest.fixture
def student(deployment: Deployment):  # noqa: ANN201
    """Somebody who may launch what they see."""
    return deployment.client(STUDENT)


@pytest.fixture
def repository(git_server: GitServer, singleuser_image: str) -> GitRepository:
    """A repository that builds within seconds: Jupyter is in its base image already."""
    return git_server.create(
        f"course-{uuid4().hex[:8]}",
        {
            "Dockerfile": f"FROM {singleuser_image}\nRUN echo built-for-the-course {uuid4().hex}\n",
            "README.md": "# A course\n",
            "lesson.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
        },
    )
