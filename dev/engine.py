"""The container engine: the one that answers, or one that is started for as long as it is used."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from typing import IO

import docker
import requests
from docker.errors import DockerException

from dev.process import DevError, last_lines, wait_until

SOCKET = "unix:///var/run/docker.sock"
LOG = Path("/var/log/tljh-envbuilder-dockerd.log")

# Held by whoever starts or stops the engine, and shared by all who use it: the last one out stops
# an engine that one of them started. The kernel lets go of both when a process dies.
_TURN = Path("/run/tljh-envbuilder-engine.turn")
_USERS = Path("/run/tljh-envbuilder-engine.users")

# Python warns of a child that is forgotten while it runs, and this one may outlive us.
_STARTED: list[subprocess.Popen[bytes]] = []


def engine_address() -> str:
    """Where the engine is expected to answer."""
    return os.environ.get("DOCKER_HOST") or SOCKET


def answers(address: str) -> bool:
    """Whether an engine answers at the address."""
    if not _listens(address):
        return False
    try:
        with closing(docker.APIClient(base_url=address, version="1.40", timeout=30)) as engine:
            return bool(engine.ping())
    except (DockerException, requests.RequestException):
        return False


def _listens(address: str) -> bool:
    """Whether somebody is at the socket; docker-py leaves one open that could not connect."""
    if not address.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.connect(address.removeprefix("unix://"))
        return True
    return False


@contextmanager
def ensure_engine() -> Iterator[str]:
    """Give the address of an engine that answers until the block ends, starting one if need be."""
    address = engine_address()
    if os.geteuid() != 0 or address != SOCKET:
        if not answers(address):
            raise DevError(
                f"No container engine answers at {address}: start Docker, set DOCKER_HOST,"
                " or run this as root on Debian or Ubuntu."
            )
        yield address
        return
    users = _USERS.open("a+")
    try:
        with _turn():
            fcntl.flock(users, fcntl.LOCK_SH)
            if not answers(address):
                _start(users)
        yield address
    finally:
        with _turn():
            _stop_when_unused(users)
        users.close()


def bridge_address(docker_host: str) -> str:
    """This machine's address on the engine's default network, where containers reach it."""
    with closing(docker.APIClient(base_url=docker_host, version="auto")) as engine:
        network = engine.inspect_network("bridge")["IPAM"]["Config"][0]
    # The engine names no gateway while it has the usual one.
    return str(network.get("Gateway") or next(ip_network(network["Subnet"]).hosts()))


@contextmanager
def _turn() -> Iterator[None]:
    with _TURN.open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _start(users: IO[str]) -> None:
    """Start dockerd by hand and note its pid, which says that it is ours to stop."""
    if shutil.which("dockerd") is None:
        raise DevError("No container engine here: install Debian's `docker.io`, or `make setup`.")
    with LOG.open("wb") as log:
        # Not a child to end with us: others may still use it when we leave.
        process = subprocess.Popen(
            ["dockerd", "--host", SOCKET],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _STARTED.append(process)
    _note(users, str(process.pid))

    def ready() -> bool:
        if process.poll() is not None:
            raise DevError(f"dockerd ended with {process.returncode}:\n{last_lines(LOG)}")
        return answers(SOCKET)

    wait_until(ready, timeout=240, what="dockerd did not answer")


def _stop_when_unused(users: IO[str]) -> None:
    """Stop the engine that was started here, unless another process still uses it."""
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    users.seek(0)
    noted = users.read()
    if noted and _runs(int(noted), "dockerd"):
        containerd = Path("/run/docker/containerd/containerd.pid")
        pids = [int(noted)]
        with suppress(FileNotFoundError, ValueError):
            pids.append(int(containerd.read_text()))
        # dockerd ends its containerd; a second signal is for one that it left behind.
        for pid, name in zip(pids, ["dockerd", "containerd"], strict=False):
            _terminate(pid, name)
    _note(users, "")


def _note(users: IO[str], text: str) -> None:
    users.truncate(0)
    users.write(text)
    users.flush()


def _terminate(pid: int, name: str) -> None:
    if _runs(pid, name):
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not _runs(pid, name), timeout=240, what=f"{name} did not end")


def _runs(pid: int, name: str) -> bool:
    """Whether that process lives and is what we take it for (pids are used again)."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with suppress(FileNotFoundError, ProcessLookupError):
        # One that ended stays listed as a zombie until whoever started it looks.
        status = Path(f"/proc/{pid}/status").read_text()
        return f"Name:\t{name}\n" in status and "State:\tZ" not in status
    return False
