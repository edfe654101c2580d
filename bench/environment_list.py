"""How long a page of the list of environments takes when there are many."""

from __future__ import annotations

import time
from pathlib import Path

import requests

from bench.copies import copy_environments
from bench.measurements import Measurements
from dev.git_server import GitServer
from tests.faults.conftest import *  # noqa: F403
from tests.faults.service_process import ServiceProcess

COUNTS = (1, 100, 1000, 10_000)
ROUNDS = 5
REQUESTS = 20  # with each number of environments, in each round


def test_environment_list(
    environment: dict[str, str],
    tokens: dict[str, str],
    docker_host: str,
    git_server: GitServer,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """Ask for the first page of ten, by turns with each number of environments."""
    repository = git_server.create("list", {"Dockerfile": "FROM scratch\n"})
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=docker_host, tokens=tokens
    )
    times: dict[int, list[float]] = {count: [] for count in COUNTS}
    try:
        service.start()
        client = service.client("admin")
        name = client.add(repository.url)["name"]
        client.ended(client.environment(name)["last_build"]["id"])
        with requests.Session() as session:
            session.headers["Authorization"] = f"token {client.token}"
            for _ in range(ROUNDS):
                for count in COUNTS:
                    copy_environments(service.state_dir, name, count)
                    session.get(f"{client.url}api/environments?limit=10", timeout=60)
                    for _ in range(REQUESTS):
                        began = time.perf_counter()
                        page = session.get(f"{client.url}api/environments?limit=10", timeout=60)
                        times[count].append(time.perf_counter() - began)
                        assert page.json()["total"] == count
    finally:
        service.close()
    for count, values in times.items():
        measurements.add("list of environments", f"{count} environments", "tljh-envbuilder", values)
