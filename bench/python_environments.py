"""Repositories with requirements: how long an image takes, and how large it is.

The service beside pip in a Dockerfile and what repo2docker renders without conda, over the same
base image and on the same engine: one of the bench's own, so that its caches can be emptied. What
does not go through the service is cloned and sent straight to the engine. The index of packages is
the one that this machine has, and part of what is measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from uuid import uuid4

import docker
import pytest

from bench.contestants import Contestant, Served, Straight
from bench.measurements import Measurements
from bench.pip_dockerfile import PipDockerfile
from bench.processes import MEBIBYTE
from bench.repo2docker_pip import Repo2dockerPip
from dev.base_image import python_settings
from dev.git_server import GitRepository, GitServer
from dev.own_engine import OwnEngine, run_own_engine
from tests.conftest import part
from tests.faults.conftest import *  # noqa: F403
from tests.faults.service_process import ServiceProcess
from tests.live.service import Client

CASES = ("nothing is cached", "requirements changed", "another file changed", "nothing changed")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))

REQUIREMENTS = {
    "small": "requests\nbeautifulsoup4\n",
    "science": "numpy\npandas\nmatplotlib\nscikit-learn\n",
    "large": "numpy\npandas\nmatplotlib\nscikit-learn\nscipy\nstatsmodels\nscikit-image\nsympy\n"
    "networkx\nnumba\nxarray\npyarrow\npolars\ndask[complete]\nbokeh\nplotly\nseaborn\naltair\n",
}


@pytest.fixture(scope="session")
def engine_of_builds(docker_host: str, base_image: str) -> Iterator[OwnEngine]:
    """An engine whose caches nobody else needs, on the network of a container."""
    with ExitStack() as stack:
        machine = stack.enter_context(closing(docker.DockerClient(docker_host)))
        network = machine.containers.run(base_image, ["sleep", "infinity"], detach=True)
        stack.callback(network.remove, force=True)
        network.reload()
        pid = network.attrs["State"]["Pid"]
        own = stack.enter_context(part(run_own_engine(network_of=pid, disk_size=None)))
        own.copy_image(base_image, docker_host)
        yield own


@pytest.fixture(scope="session")
def builder(
    environment: dict[str, str],
    tokens: dict[str, str],
    engine_of_builds: OwnEngine,
    base_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Client]:
    """Somebody who may add environments to a service on that engine."""
    service = ServiceProcess(
        tmp_path_factory.mktemp("service"),
        environment=environment,
        docker_host=engine_of_builds.address,
        tokens=tokens,
    )
    try:
        service.start(python_settings(base_image))
        yield service.client("builder")
    finally:
        service.close()


@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("kind", REQUIREMENTS)
def test_python_environment(
    kind: str,
    builder: Client,
    engine_of_builds: OwnEngine,
    base_image: str,
    git_server: GitServer,
    measurements: Measurements,
) -> None:
    """By turns, each beginning with empty caches."""
    address = engine_of_builds.address
    dockerfile, rendered = PipDockerfile(base_image), Repo2dockerPip(base_image)
    seconds: dict[tuple[str, str], list[float]] = {}
    sizes: dict[str, list[float]] = {}
    with closing(docker.DockerClient(address, timeout=600)) as engine:
        base_size = engine.images.get(base_image).attrs["Size"]
        for _ in range(ROUNDS):
            repository = git_server.create(f"python-{uuid4().hex[:8]}", _files(kind))
            contestants: dict[str, Contestant] = {
                "pip in a Dockerfile": Straight(repository, address, dockerfile),
                "repo2docker, pip alone": Straight(repository, address, rendered),
                "tljh-envbuilder": Served(repository, builder),
            }
            for name, contestant in contestants.items():
                engine.api.prune_builds(all=True)
                for case, value in _cases(kind, contestant, repository):
                    print(f"  {kind}, {case}, {name}: {value:.2f} s", flush=True)
                    seconds.setdefault((case, name), []).append(value)
                size = engine.images.get(contestant.image()).attrs["Size"] - base_size
                sizes.setdefault(name, []).append(size / MEBIBYTE)
                contestant.forget()
    question = f"builds, {kind}"
    for (case, name), values in sorted(seconds.items(), key=lambda each: CASES.index(each[0][0])):
        measurements.add(question, case, name, values)
    for name, values in sizes.items():
        measurements.add(question, "image without its base", name, values, "MiB")


def _cases(
    kind: str, contestant: Contestant, repository: GitRepository
) -> Iterator[tuple[str, float]]:
    repository.commit(_files(kind))
    yield CASES[0], contestant.build()
    repository.commit({"requirements.txt": REQUIREMENTS[kind] + "tqdm\n"})
    yield CASES[1], contestant.build()
    repository.commit({"README.md": f"# {uuid4().hex}\n"})
    yield CASES[2], contestant.build()
    yield CASES[3], contestant.build()


def _files(kind: str) -> dict[str, str]:
    return {"README.md": f"# {kind}\n", "requirements.txt": REQUIREMENTS[kind]}
