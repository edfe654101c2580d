"""How long the service takes until it answers, and what memory it then has."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from bench.measurements import Measurements
from bench.peer.hub import command, ensure_python
from bench.processes import memory_of
from dev.process import free_port, server_process
from tests.faults.conftest import *  # noqa: F403
from tests.faults.service_process import ServiceProcess

ROUNDS = 7

#: What nobody can do without who writes such a service: Python with these libraries.
LIBRARIES = """
import aiodocker, alembic.command, cryptography.fernet, jupyterhub.services.auth, pydantic
import sqlalchemy.ext.asyncio, tornado.httpserver, traitlets.config
from pathlib import Path
print(Path("/proc/self/statm").read_text().split()[1])
"""


@contextmanager
def peer_process(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """tljh-repo2docker's service, from when it answers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{environment['JUPYTERHUB_SERVICE_PREFIX']}logo"

    def ready() -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(url, timeout=5).status_code < 500
        return False

    with server_process(
        command(ensure_python(), port),
        log=folder / "peer.log",
        ready=ready,
        cwd=folder,
        env={**os.environ, **environment},
    ) as process:
        yield process


def test_service_start(
    environment: dict[str, str],
    tokens: dict[str, str],
    docker_host: str,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """Start it again and again, by turns with its libraries alone and tljh-repo2docker."""
    seconds: list[float] = []
    mebibytes: list[float] = []
    peer_seconds: list[float] = []
    peer_mebibytes: list[float] = []
    libraries: list[float] = []
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=docker_host, tokens=tokens
    )
    try:
        # They make their databases.
        service.start()
        service.stop()
        with peer_process(tmp_path, environment):
            pass
        for _ in range(ROUNDS):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", LIBRARIES], check=True, capture_output=True)
            libraries.append(time.perf_counter() - began)
            began = time.perf_counter()
            service.start()
            seconds.append(time.perf_counter() - began)
            mebibytes.append(memory_of(service.pid))
            service.stop()
            began = time.perf_counter()
            with peer_process(tmp_path, environment) as process:
                peer_seconds.append(time.perf_counter() - began)
                peer_mebibytes.append(memory_of(process.pid))
    finally:
        service.close()
    measurements.add("service start", "until it answers", "importing its libraries", libraries)
    measurements.add("service start", "until it answers", "tljh-envbuilder", seconds)
    measurements.add("service start", "until it answers", "tljh-repo2docker", peer_seconds)
    measurements.add("service start", "memory", "tljh-envbuilder", mebibytes, "MiB")
    measurements.add("service start", "memory", "tljh-repo2docker", peer_mebibytes, "MiB")
