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

#: Below those that the kernel gives to connections.
_PORTS = range(20_000, 30_000)


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
    """A TCP port that nothing listens on, and that nobody else here gets before it is used.

    All processes of this user count on together: the kernel gives a port that was looked for and
    let go of to whoever asks next, while a server that is to have it still starts.
    """
    with Path(tempfile.gettempdir(), f"tljh-envbuilder-{os.getuid()}-port").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        last = int(file.read() or 0)
        for step in range(1, len(_PORTS)):
            port = _PORTS[(last + step) % len(_PORTS)]
            if not _is_taken(port, address):
                file.truncate(0)
                file.write(str(_PORTS.index(port)))
                return port
    raise DevError("all ports that tests use are taken")


def _is_taken(port: int, address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False


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
