"""A real Hub with its proxy, this service, the engine and a git server, for the whole session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitRepository, GitServer
from dev.hub import HubProcess
from dev.process import free_port
from tests.live.service import ADMIN, BUILDER, STUDENT, Deployment

HUB_CONFIG = """
import sys
from tljh_envbuilder import configure

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{"admin"}}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.concurrent_spawn_limit = 0
c.DummyAuthenticator.password = {password!r}
c.JupyterHub.load_groups = {{"lecturers": ["builder", "other-builder", "fuzzer"]}}
configure(
    c,
    service_name={service_name!r},
    service_url="http://127.0.0.1:{port}",
    state_dir={state_dir!r},
    config_file={config_file!r},
    builder_groups=["lecturers"],
)
# Other Hubs may use the same engine.
c.DockerSpawner.prefix = {prefix!r}
c.EnvBuilderSpawner.home_volume = {prefix!r} + "-{{username}}"
{extra}
"""

SERVICE_CONFIG = """
c.BuildQueue.concurrency = 2
c.Policy.limit_to_machine = True
c.ImageNames.prefix = {prefix!r}
c.Fetcher.timeout = 60
c.Profiles.offered = [
    {{"label": "Small", "mem_limit": 512 * 2**20, "cpu_limit": 0.5, "default": True}},
    {{"label": "Medium", "mem_limit": 1024 * 2**20, "cpu_limit": 1.5}},
]
{extra}
"""

Deploy = Callable[..., Deployment]


def make_deployment(
    folder: Path,
    hub_address: str,
    *,
    service_name: str = "envbuilder",
    base_url: str = "/",
    hub_extra: str = "",
    service_extra: str = "",
    hub_env: Mapping[str, str] | None = None,
) -> Deployment:
    """Settings for a Hub with this service; `start()` it."""
    folder.mkdir(exist_ok=True)
    config_file = folder / "envbuilder_config.py"
    prefix = f"envbuilder-test-{uuid4().hex[:8]}"
    config_file.write_text(SERVICE_CONFIG.format(prefix=f"{prefix}/", extra=service_extra))
    password = uuid4().hex
    state_dir = folder / "state"
    config = HUB_CONFIG.format(
        password=password,
        service_name=service_name,
        port=free_port(),
        state_dir=str(state_dir),
        config_file=str(config_file),
        prefix=prefix,
        extra=hub_extra,
    )
    hub = HubProcess(config, hub_address=hub_address, base_url=base_url, folder=folder, env=hub_env)
    return Deployment(hub, service_name, state_dir, prefix, password)


@pytest.fixture(scope="session")
def deployment(hub_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The Hub and the service as an operator gets them."""
    live = make_deployment(tmp_path_factory.mktemp("deployment"), hub_address)
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
