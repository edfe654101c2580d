"""How long the service takes until it answers, and what memory it then has."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.measurements import Measurements
from bench.processes import memory_of
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


def test_service_start(
    environment: dict[str, str],
    tokens: dict[str, str],
    docker_host: str,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """Start it again and again, by turns with its libraries alone."""
    seconds: list[float] = []
    mebibytes: list[float] = []
    libraries: list[float] = []
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=docker_host, tokens=tokens
    )
    try:
        service.start()  # makes the database
        service.stop()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", LIBRARIES], check=True, capture_output=True)
            libraries.append(time.perf_counter() - began)
            began = time.perf_counter()
            service.start()
            seconds.append(time.perf_counter() - began)
            mebibytes.append(memory_of(service.pid))
            service.stop()
    finally:
        service.close()
    measurements.add("service start", "until it answers", "importing its libraries", libraries)
    measurements.add("service start", "until it answers", "tljh-envbuilder", seconds)
    measurements.add("service start", "memory", "tljh-envbuilder", mebibytes, "MiB")
