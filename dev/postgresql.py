"""A PostgreSQL server of one's own: Debian's binaries, a free port, a temporary data folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.process import DevError, free_port, server_process

OWNER = "envbuilder"


@contextmanager
def run_postgresql() -> Iterator[str]:
    """Run a server; gives the address of its first database, whose owner is a superuser."""
    binaries = _binaries()
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="envbuilder-postgresql-") as folder:
        if user is not None:
            shutil.chown(folder, user, user)
        data = Path(folder, "data")
        subprocess.run(
            [binaries / "initdb", "--auth=trust", "--no-sync", f"--username={OWNER}", data],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "max_connections": 200,
        }
        command: list[str | Path] = [binaries / "postgres", "-D", data]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]

        def ready() -> bool:
            check: list[str | Path] = [
                binaries / "pg_isready",
                "-q",
                "-h",
                "127.0.0.1",
                f"--port={port}",
            ]
            return subprocess.run(check, check=False).returncode == 0

        log = Path(folder, "log")
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        with server_process(
            command, log=log, ready=ready, cwd=Path(folder), user=user, stop_signal=signal.SIGINT
        ):
            yield f"postgresql+asyncpg://{OWNER}@127.0.0.1:{port}/postgres"


def _binaries() -> Path:
    """The folder of the newest server; Debian keeps it off the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4])
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise DevError("No PostgreSQL server here: install Debian's `postgresql`, or `make setup`.")
    return Path(on_path).parent
