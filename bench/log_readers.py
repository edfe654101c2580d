"""Many people follow one log: what that costs the service, and how late they see a line.

They read from the service itself: the Hub's proxy is another program, with limits of its own. Each
line carries the time at which the step in the build printed it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from bench.measurements import Measurements
from bench.processes import cpu_of, memory_of
from dev.git_server import GitServer
from tests.faults.conftest import *  # noqa: F403
from tests.faults.service_process import ServiceProcess

READERS = (1, 200, 1000)
SECONDS = 10  # that lines are printed for
PER_SECOND = 10
STAMP = re.compile(rb"stamp-(\d+\.\d+)")


def dockerfile(image: str) -> str:
    """Waits until all readers are there, and then tells the time."""
    lines = SECONDS * PER_SECOND
    script = f"for i in $(seq {lines}); do date +stamp-%s.%N; sleep {1 / PER_SECOND}; done"
    return f"FROM {image}\nRUN echo {uuid4().hex} && sleep 8 && {script}\n"


class Reader(asyncio.Protocol):
    """Reads a stream as cheaply as Python can, so that readers do not measure each other."""

    def __init__(self, request: bytes, delays: list[float]) -> None:
        self._request = request
        self._delays = delays
        self.opened = asyncio.get_running_loop().create_future()
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note how old each line is."""
        now = time.time()
        if not self.opened.done():
            self.opened.set_result(None)
        self._delays += [now - float(stamp) for stamp in STAMP.findall(data)]

    def connection_lost(self, error: Exception | None) -> None:
        """The log has ended."""
        self.ended.set_result(None)


async def follow_all(
    url: str, token: str, readers: int, on_opened: Callable[[], None]
) -> list[float]:
    """Let so many people read at once; the delays that all of them saw, in seconds.

    `on_opened` is called when the service has answered all of them.
    """
    delays: list[float] = []
    address = urlsplit(url)
    request = (
        f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n"
        f"Authorization: token {token}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    reading = []
    for _ in range(readers):
        _, reader = await loop.create_connection(
            lambda: Reader(request, delays), address.hostname, address.port
        )
        reading.append(reader)
    await asyncio.gather(*(reader.opened for reader in reading))
    on_opened()
    await asyncio.gather(*(reader.ended for reader in reading))
    return delays


def test_log_readers(
    environment: dict[str, str],
    tokens: dict[str, str],
    docker_host: str,
    git_server: GitServer,
    singleuser_image: str,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """One after the other: a build for each number of readers."""
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=docker_host, tokens=tokens
    )
    try:
        service.start()
        client = service.client("builder")
        for readers in READERS:
            files = {"Dockerfile": dockerfile(singleuser_image)}
            repository = git_server.create(f"readers-{uuid4().hex[:8]}", files)
            name = client.add(repository.url)["name"]
            url = f"{client.url}api/builds/{client.environment(name)['last_build']['id']}/log"
            clocks = [(cpu_of(service.pid), time.perf_counter())]
            note = partial(_note, clocks, service.pid)
            delays = asyncio.run(follow_all(url, client.token or "", readers, note))
            note()
            (before, _), (opened, began), (after, ended) = clocks
            cores = (after - opened) / (ended - began)
            case = f"{readers} readers"
            assert len(delays) == readers * SECONDS * PER_SECOND
            measurements.add("log readers", f"{case}: delay", "tljh-envbuilder", delays)
            measurements.add("log readers", f"{case}: cores", "tljh-envbuilder", [cores], "cores")
            opening = [(opened - before) / readers]
            measurements.add("log readers", f"{case}: CPU to open one", "tljh-envbuilder", opening)
            memory = [memory_of(service.pid)]
            measurements.add("log readers", f"{case}: memory", "tljh-envbuilder", memory, "MiB")
            client.delete(f"api/environments/{name}")
    finally:
        service.close()


def _note(clocks: list[tuple[float, float]], pid: int) -> None:
    """Note how much processor time the process has had, and when that was."""
    clocks.append((cpu_of(pid), time.perf_counter()))
