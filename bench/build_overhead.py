"""What the service adds to a build, from the request to `built`, beside the least possible.

The least is `git clone` and the same Dockerfile sent straight to the engine, whose result nobody
checks, records or explains.
"""

from __future__ import annotations

import time
from uuid import uuid4

import docker

from bench.measurements import Measurements
from bench.straight import build_straight
from dev.git_server import GitRepository, GitServer
from tests.live.service import Client, Deployment

ROUNDS = 9
#: Between two builds, so that a worker waits again, in seconds.
REST = 2


def new_repository(git_server: GitServer, image: str) -> GitRepository:
    """A repository whose build is in no cache, and does next to nothing."""
    name = f"overhead-{uuid4().hex[:8]}"
    return git_server.create(name, {"Dockerfile": f"FROM {image}\nRUN echo {name}\n"})


def through_the_service(client: Client, repository: GitRepository) -> float:
    """Seconds from the request until the environment can be launched."""
    began = time.perf_counter()
    environment = client.add(repository.url)
    build = client.ended(environment["last_build"]["id"])
    seconds = time.perf_counter() - began
    assert build["status"] == "built"
    client.delete(f"api/environments/{environment['name']}")
    return seconds


def straight(repository: GitRepository, engine: docker.DockerClient) -> float:
    """Seconds that `git clone` and the engine's own build take."""
    tag = f"bench-overhead:{uuid4().hex[:8]}"
    seconds = build_straight(repository.url, tag)
    engine.images.remove(tag)
    return seconds


def test_build_overhead(
    deployment: Deployment,
    git_server: GitServer,
    singleuser_image: str,
    engine: docker.DockerClient,
    measurements: Measurements,
) -> None:
    """By turns, each with a repository of its own."""
    client = deployment.client("builder")
    served: list[float] = []
    direct: list[float] = []
    through_the_service(client, new_repository(git_server, singleuser_image))
    for _ in range(ROUNDS):
        time.sleep(REST)
        direct.append(straight(new_repository(git_server, singleuser_image), engine))
        served.append(through_the_service(client, new_repository(git_server, singleuser_image)))
    case = "a Dockerfile of two lines"
    measurements.add("build overhead", case, "git clone and the engine", direct)
    measurements.add("build overhead", case, "tljh-envbuilder", served)
