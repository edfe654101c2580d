"""From the request to a server that answers, beside a plain DockerSpawner and the least possible.

The same repository, three ways: this project's image and spawner; JupyterHub with DockerSpawner as
it comes, and an image that pip has filled; and `docker run` of the same servers with nothing around
them, until they answer. Each has been started once before, so that homes are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import docker
import pytest
import requests

from bench.measurements import Measurements
from bench.pip_dockerfile import PipDockerfile
from bench.straight import build_straight
from dev.git_server import GitRepository, GitServer
from dev.hub import HubProcess
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, STUDENT, Deployment, eventually

ROUNDS = 7
INTERVAL = 0.01  # seconds between two looks
FILES = {"README.md": "# Launch\n", "requirements.txt": "requests\n"}

#: A profile's limits would be measured, and not the spawner.
NO_LIMITS = "c.Profiles.offered = []\n"

PLAIN_HUB = """
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "dockerspawner.DockerSpawner"
c.DockerSpawner.image = {image!r}
c.DockerSpawner.prefix = {prefix!r}
c.DockerSpawner.volumes = {{{prefix!r} + "-{{username}}": "/home/jovyan"}}
c.DockerSpawner.remove = True
"""

Launch = Callable[[], float]


def test_launch(
    deployment_of_launches: Deployment,
    hub_address: str,
    git_server: GitServer,
    base_image: str,
    docker_host: str,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """By turns."""
    deployment = deployment_of_launches
    repository = git_server.create(f"launch-{uuid4().hex[:8]}", FILES)
    builder = deployment.client(BUILDER)
    environment = builder.built(builder.add(repository.url))
    own_image = environment["current_build"]["image_id"]
    options = {"environment": environment["name"]}
    with ExitStack() as stack:
        engine = stack.enter_context(closing(docker.DockerClient(docker_host)))
        pip_image = stack.enter_context(built_with_pip(repository, base_image, engine))
        plain = stack.enter_context(plain_hub(pip_image, hub_address, tmp_path / "plain", engine))
        homes = stack.enter_context(volumes(engine))
        floor = partial(run_until_it_answers, engine, deployment.hub, homes)
        ways: dict[str, Launch] = {
            "DockerSpawner, pip's image": lambda: launch(plain, {}),
            "tljh-envbuilder": lambda: launch(deployment.hub, options),
            "docker run, our image": lambda: floor(own_image),
            "docker run, pip's image": lambda: floor(pip_image),
        }
        for way in ways.values():
            way()
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                seconds[name].append(way())
    for name, values in seconds.items():
        measurements.add("launch", "request to ready", name, values)


@pytest.fixture
def deployment_of_launches(
    hub_address: str, base_image: str, tmp_path: Path
) -> Iterator[Deployment]:
    """The Hub and the service; machine profiles are not what is measured."""
    folder = tmp_path / "launches"
    settings = {"base_image": base_image, "service_extra": NO_LIMITS}
    with make_deployment(folder, hub_address, **settings) as deployment:
        yield deployment


@contextmanager
def built_with_pip(
    repository: GitRepository, base_image: str, engine: docker.DockerClient
) -> Iterator[str]:
    """Name of an image for the repository that pip has filled."""
    name = f"bench-launch:{uuid4().hex[:8]}"
    build_straight(repository.url, name, write=PipDockerfile(base_image))
    yield name
    engine.images.remove(name, force=True)


@contextmanager
def plain_hub(
    image: str, hub_address: str, folder: Path, engine: docker.DockerClient
) -> Iterator[HubProcess]:
    """A Hub with DockerSpawner as it comes."""
    folder.mkdir()
    with volumes(engine) as prefix:
        config = PLAIN_HUB.format(image=image, prefix=prefix)
        with HubProcess(config, hub_address=hub_address, folder=folder) as hub:
            yield hub


@contextmanager
def volumes(engine: docker.DockerClient) -> Iterator[str]:
    """Prefix of the names of volumes that are removed in the end."""
    prefix = f"bench-{uuid4().hex[:8]}"
    yield prefix
    for volume in engine.volumes.list(filters={"name": prefix}):
        volume.remove()


def launch(hub: HubProcess, options: dict[str, str]) -> float:
    """Seconds from the request to the Hub until the server is ready; stops it again."""
    token = hub.user_token(STUDENT)
    path = f"users/{STUDENT}/server"

    def server() -> dict[str, object] | None:
        servers = hub.api("GET", f"users/{STUDENT}").json()["servers"]
        return servers.get("")

    began = time.perf_counter()
    answer = hub.api("POST", path, token=token, json=options)
    assert answer.status_code in {201, 202}, answer.text
    while not (server() or {}).get("ready"):
        assert time.perf_counter() - began < 60, hub.log_path.read_text()[-3000:]
        time.sleep(INTERVAL)
    seconds = time.perf_counter() - began
    assert hub.api("DELETE", path, token=token).status_code in {202, 204}
    eventually(lambda: server() is None)
    return seconds


def run_until_it_answers(
    engine: docker.DockerClient, hub: HubProcess, homes: str, image: str
) -> float:
    """Seconds from `docker run` to the first answer of the server, which knows a Hub."""
    home = f"{homes}-{image.rpartition(':')[2][:12]}"
    prefix = f"/user/{STUDENT}/"
    environment = {
        "JUPYTERHUB_API_TOKEN": hub.user_token(STUDENT),
        "JUPYTERHUB_API_URL": f"{hub.hub_bind_url}/hub/api",
        "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{STUDENT}",
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:8888{prefix}",
        "JUPYTERHUB_USER": STUDENT,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": f'["access:servers!user={STUDENT}"]',
        "JUPYTERHUB_OAUTH_SCOPES": f'["access:servers!user={STUDENT}"]',
    }
    began = time.perf_counter()
    container = engine.containers.run(
        image,
        ["jupyterhub-singleuser"],
        detach=True,
        environment=environment,
        volumes={home: {"bind": "/home/jovyan", "mode": "rw"}},
    )
    try:
        container.reload()
        address = container.attrs["NetworkSettings"]["IPAddress"]
        while not answers(f"http://{address}:8888{prefix}api"):
            assert time.perf_counter() - began < 60, container.logs().decode()
            time.sleep(INTERVAL)
        return time.perf_counter() - began
    finally:
        container.remove(force=True, v=True)


def answers(url: str) -> bool:
    """Whether the server is there."""
    try:
        return requests.get(url, timeout=5, allow_redirects=False).status_code < 500
    except requests.RequestException:
        return False
