"""What the service adds to a build, from the request to `built`, beside the least possible.

The least is `git clone` and the same Dockerfile sent straight to the engine, whose result nobody
checks, records or explains.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path
from uuid import uuid4

from bench.measurements import Measurements
from dev.git_server import GitRepository, GitServer
from tests.live.service import Client, Deployment
from tljh_envbuilder.builds.context import add_dockerfile
from tljh_envbuilder.engine.docker import DockerEngine

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


async def straight(repository: GitRepository, folder: Path) -> float:
    """Seconds that `git clone` and the engine's own build take."""
    engine = DockerEngine()
    tag = f"bench-overhead:{uuid4().hex[:8]}"
    context = folder / "context.tar"
    began = time.perf_counter()
    checkout = folder / uuid4().hex
    command = ["git", "clone", "--quiet", repository.url, str(checkout)]
    await asyncio.to_thread(subprocess.run, command, check=True)
    dockerfile = (checkout / "Dockerfile").read_text()
    context.unlink(missing_ok=True)
    add_dockerfile(context, "Dockerfile", dockerfile)
    events = engine.build(context, tag=tag, dockerfile="Dockerfile", build_args={}, labels={})
    async for _ in events:
        pass
    seconds = time.perf_counter() - began
    await engine.remove_image(tag)
    await engine.close()
    return seconds


def test_build_overhead(
    deployment: Deployment,
    git_server: GitServer,
    singleuser_image: str,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """By turns, each with a repository of its own."""
    client = deployment.client("builder")
    served: list[float] = []
    direct: list[float] = []
    through_the_service(client, new_repository(git_server, singleuser_image))
    for _ in range(ROUNDS):
        time.sleep(REST)
        direct.append(asyncio.run(straight(new_repository(git_server, singleuser_image), tmp_path)))
        served.append(through_the_service(client, new_repository(git_server, singleuser_image)))
    case = "a Dockerfile of two lines"
    measurements.add("build overhead", case, "git clone and the engine", direct)
    measurements.add("build overhead", case, "tljh-envbuilder", served)
