"""What the service adds to a build, from the request to `built`, beside the least possible.

The least is `git clone` and the same Dockerfile sent straight to the engine, whose result nobody
checks, records or explains.
"""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import docker

from bench.measurements import Measurements
from bench.peer.hub import Peer
from bench.straight import build_straight, clone
from dev.git_server import GitRepository, GitServer
from tests.live.service import Client, Deployment

ROUNDS = 9
#: The whole of a build, as a case.
ALL = "a Dockerfile of two lines"
#: Between two builds, so that a worker waits again, in seconds.
REST = 2


def new_repository(git_server: GitServer, image: str) -> GitRepository:
    """A repository whose build is in no cache, and does next to nothing."""
    name = f"overhead-{uuid4().hex[:8]}"
    return git_server.create(name, {"Dockerfile": f"FROM {image}\nRUN echo {name}\n"})


def through_the_service(client: Client, repository: GitRepository) -> dict[str, float]:
    """Seconds from the request until the environment can be launched, and of each part of them."""
    began = since = time.perf_counter()
    seconds: dict[str, float] = {}
    phase = "queued"
    environment = client.add(repository.url)
    for event in client.events(environment["last_build"]["id"]):
        if event.name == "status" and event.data["status"] != phase:
            now = time.perf_counter()
            seconds[phase] = now - since
            phase, since = event.data["status"], now
    assert phase == "built"
    client.delete(f"api/environments/{environment['name']}")
    return {ALL: since - began, **seconds}


def through_the_peer(peer: Peer, repository: GitRepository) -> float:
    """Seconds until tljh-repo2docker says that the environment is built."""
    name = f"overhead-{uuid4().hex[:8]}"
    began = time.perf_counter()
    peer.add(repository.url, name)
    image = peer.wait_for_image(name)
    seconds = time.perf_counter() - began
    peer.delete(image)
    return seconds


def run_nothing(image: str, engine: docker.DockerClient) -> float:
    """Seconds that the engine takes to run a command that does nothing in the image."""
    began = time.perf_counter()
    engine.containers.run(image, ["true"], network_mode="none", remove=True)
    return time.perf_counter() - began


def clone_alone(repository: GitRepository, folder: Path) -> float:
    """Seconds that `git clone` takes."""
    began = time.perf_counter()
    clone(repository.url, folder / uuid4().hex)
    return time.perf_counter() - began


def straight(repository: GitRepository, engine: docker.DockerClient) -> float:
    """Seconds that `git clone` and the engine's own build take."""
    tag = f"bench-overhead:{uuid4().hex[:8]}"
    seconds = build_straight(repository.url, tag)
    engine.images.remove(tag)
    return seconds


def test_build_overhead(
    deployment: Deployment,
    peer: Peer,
    git_server: GitServer,
    singleuser_image: str,
    engine: docker.DockerClient,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """By turns, each with a repository of its own."""
    client = deployment.client("builder")
    served: list[dict[str, float]] = []
    others: dict[str, list[float]] = {"git clone and the engine": [], "tljh-repo2docker": []}
    cloning: list[float] = []
    nothing: list[float] = []
    through_the_service(client, new_repository(git_server, singleuser_image))
    for _ in range(ROUNDS):
        time.sleep(REST)
        repositories = [new_repository(git_server, singleuser_image) for _ in range(3)]
        others["git clone and the engine"].append(straight(repositories[0], engine))
        served.append(through_the_service(client, repositories[1]))
        others["tljh-repo2docker"].append(through_the_peer(peer, repositories[2]))
        cloning.append(clone_alone(repositories[0], tmp_path))
        nothing.append(run_nothing(singleuser_image, engine))
    for subject, seconds in others.items():
        measurements.add("build overhead", ALL, subject, seconds)
    measurements.add("build overhead", "of these: fetching", "git clone", cloning)
    measurements.add("build overhead", "of these: checking", "docker run true", nothing)
    for case in served[0]:
        name = case if case == ALL else f"of these: {case}"
        values = [each[case] for each in served]
        measurements.add("build overhead", name, "tljh-envbuilder", values)
