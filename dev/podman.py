"""A Podman of one's own, which speaks the Docker Engine API."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.engine import answers
from dev.process import DevError, server_process

# Debian's Podman 4.3 as it runs in containers and virtual machines without systemd.
_CONFIG = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "{runtime}"
[network]
network_backend = "netavark"
"""


@contextmanager
def run_podman() -> Iterator[str]:
    """Run its API server until the block ends; gives the address. Needs root."""
    there = shutil.which("podman") and Path("/usr/lib/podman/netavark").exists()
    if os.geteuid() != 0 or not there:
        raise DevError("No Podman here: install Debian's `podman` and `netavark`, or `make setup`.")
    with tempfile.TemporaryDirectory(prefix="envbuilder-podman-", dir="/var/tmp") as temporary:
        folder = Path(temporary)
        config = folder / "containers.conf"
        config.write_text(_CONFIG.format(runtime="runc" if shutil.which("runc") else "crun"))
        address = f"unix://{folder}/podman.sock"
        storage = ["--root", folder / "root", "--runroot", folder / "run"]
        command = ["podman", *storage, "--storage-driver=vfs", "system", "service", "-t0", address]
        with server_process(
            command,
            log=folder / "log",
            ready=lambda: (folder / "podman.sock").exists() and answers(address),
            env={**os.environ, "CONTAINERS_CONF": str(config), "TMPDIR": str(folder)},
        ):
            yield address
        # Layers are mounted as long as a build is not tidied up.
        subprocess.run(
            ["umount", "--recursive", "--lazy", folder / "root"], capture_output=True, check=False
        )
