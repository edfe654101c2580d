"""A Hub for the session, and for each test a service of its own that it may kill."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitRepository, GitServer
from dev.hub import HubProcess
from dev.own_engine import OwnEngine, run_own_engine
from dev.process import free_port
from dev.relay import Relay
from tests.cli.command_line import CommandLine
from tests.conftest import part
from tests.faults.service_process import ServiceProcess, service_environment

USERS = ("builder", "other-builder", "admin")

# The Hub knows the service and runs something else that answers: the tests run the service.
HUB_CONFIG = """
import sys
from tljh_envbuilder import configure

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{"admin"}}
c.JupyterHub.load_groups = {{"lecturers": ["builder", "other-builder"]}}
configure(
    c,
    api_token={token!r},
    command=[sys.executable, "-m", "http.server", "--bind=127.0.0.1", "{port}"],
    service_url="http://127.0.0.1:{port}",
    builder_groups=["lecturers"],
)
"""

MakeRepository = Callable[..., GitRepository]
MakeService = Callable[..., AbstractContextManager[ServiceProcess]]


@pytest.fixture(scope="session")
def service_token() -> str:
    """The service's own token."""
    return secrets.token_hex(16)


@pytest.fixture(scope="session")
def hub(service_token: str, docker_host: str) -> Iterator[HubProcess]:
    """A Hub that knows the service."""
    config = HUB_CONFIG.format(token=service_token, port=free_port())
    with HubProcess(config) as hub:
        yield hub


@pytest.fixture(scope="session")
def tokens(hub: HubProcess) -> dict[str, str]:
    """A token of each user."""
    return {user: hub.user_token(user, admin=user == "admin") for user in USERS}


@pytest.fixture(scope="session")
def environment(hub: HubProcess, service_token: str) -> dict[str, str]:
    """What the Hub tells the service."""
    return service_environment(hub.api_url, "/", service_token)


@pytest.fixture
def engine_relay(docker_host: str) -> Iterator[Relay]:
    """The way from the service to the engine, to hold or to cut."""
    with Relay(docker_host) as relay:
        yield relay


@pytest.fixture(scope="session")
def engine(docker_host: str) -> Iterator[docker.DockerClient]:
    """The engine itself, to look at what is there."""
    client = docker.DockerClient(base_url=docker_host)
    yield client
    client.close()


@pytest.fixture(scope="session")
def make_service(
    environment: dict[str, str], tokens: dict[str, str], docker_host: str
) -> MakeService:
    """Make a service that is not started yet; its images are removed in the end."""

    @contextmanager
    def make(folder: Path, engine_relay: Relay, **more: str) -> Iterator[ServiceProcess]:
        made = ServiceProcess(
            folder,
            environment={**environment, **more},
            docker_host=f"tcp://{engine_relay.address}",
            tokens=tokens,
        )
        try:
            yield made
        finally:
            made.close()
            with closing(docker.DockerClient(docker_host)) as engine:
                _remove_images(engine, made.prefix)

    return make


@pytest.fixture
def service(
    tmp_path: Path, make_service: MakeService, engine_relay: Relay
) -> Iterator[ServiceProcess]:
    """A service that is not started yet, which reaches the engine through the relay."""
    with make_service(tmp_path, engine_relay) as made:
        yield made


@pytest.fixture(scope="session")
def own_engine(singleuser_image: str, docker_host: str) -> Iterator[OwnEngine]:
    """An engine that tests may kill, with the image that servers can run from."""
    with part(run_own_engine()) as own:
        own.copy_image(singleuser_image, docker_host)
        yield own


@pytest.fixture
def make_repository(git_server: GitServer, singleuser_image: str) -> MakeRepository:
    """Make a repository whose Dockerfile goes on from an image that servers can run from."""

    def make(*lines: str, unique: bool = True) -> GitRepository:
        first = [f"FROM {singleuser_image}"]
        if unique:
            first.append(f"RUN echo first {uuid4().hex}")
        dockerfile = "\n".join([*first, *lines]) + "\n"
        return git_server.create(f"fault-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})

    return make


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    """Somebody at a terminal."""
    home = tmp_path / "home"
    home.mkdir()
    return CommandLine(home)


def _remove_images(engine: docker.DockerClient, prefix: str) -> None:
    tags = [tag for image in engine.api.images() for tag in image["RepoTags"] or []]
    for tag in tags:
        if tag.startswith(prefix):
            with suppress(docker.errors.APIError):
                engine.images.remove(tag, force=True)
