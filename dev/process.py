"""Servers that a test or the demo starts, and ends by their own pid."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Wait until no other process of this machine does the same; whoever is next finds it done."""
    lock = Path(tempfile.gettempdir(), f"tljh-envbuilder-{os.getuid()}-{what}.lock")
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class DevError(Exception):
    """A part could not be had; the message says in a sentence what to do."""


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int, address: str = "127.0.0.1") -> bool:
    """Whether something accepts connections there."""
    with suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


def wait_until(condition: Callable[[], bool], *, timeout: float, what: str) -> None:
    """Return as soon as the condition holds; `timeout` is in seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise DevError(f"{what} within {timeout:.0f} seconds")
        time.sleep(0.05)


def last_lines(path: Path, count: int = 15) -> str:
    """The end of a log, for a message about what went wrong."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])


@contextmanager
def server_process(
    command: Sequence[str | Path],
    *,
    log: Path,
    ready: Callable[[], bool],
    timeout: float = 120,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in its own process group, from when it is ready until the block ends.

    `user` is who it runs as, for servers that refuse to run as root. The output goes to `log`.
    """
    name = Path(command[0]).name
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )

    def ready_or_ended() -> bool:
        if process.poll() is not None:
            raise DevError(f"{name} ended with {process.returncode}:\n{last_lines(log)}")
        return ready()

    try:
        wait_until(ready_or_ended, timeout=timeout, what=f"{name} did not answer")
        yield process
    finally:
        _stop_group(process, stop_signal)


def _stop_group(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """End the server in its own way, then whatever it left in its process group."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
