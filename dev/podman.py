"""A Podman of one's own, which speaks the Docker Engine API."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
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


# What a user needs to be given to run containers without root, for this process and its children
# alone; `setup` made the files. $0 is the user's number.
_AS_A_USER = """
set -e
mknod -m 666 tun c 10 200
mount --bind tun /dev/net/tun
for file in passwd group subuid subgid; do mount --bind $file /etc/$file; done
cd home
exec setpriv --reuid "$0" --regid "$0" --clear-groups "$@"
"""
#: The numbers that stand for the users of rootless containers: the first, and how many.
_SUBORDINATE = (1_000_000, 65_536)


@contextmanager
def run_podman() -> Iterator[str]:
    """Run its API server until the block ends; gives the address. Needs root."""
    with _folder() as folder:
        storage = ["--root", folder / "root", "--runroot", folder / "run"]
        with _serving(folder, ["podman", *storage, "--storage-driver=vfs"]) as address:
            yield address
        # Layers are mounted as long as a build is not tidied up.
        subprocess.run(
            ["umount", "--recursive", "--lazy", folder / "root"], capture_output=True, check=False
        )


@contextmanager
def run_rootless_podman(user: int) -> Iterator[str]:
    """Run one as a user with this number, who need not exist; gives the address. Needs root."""
    if not (shutil.which("newuidmap") and shutil.which("slirp4netns")):
        raise DevError("No rootless Podman: install `uidmap` and `slirp4netns`, or `make setup`.")
    with _folder() as folder:
        folder.chmod(0o755)
        for name in ("home", "run"):
            os.chown(folder / name, user, user)
        entry = f"somebody:x:{user}:{user}::{folder}/home:/bin/sh\n"
        (folder / "passwd").write_text(Path("/etc/passwd").read_text() + entry)
        (folder / "group").write_text(f"{Path('/etc/group').read_text()}somebody:x:{user}:\n")
        for name in ("subuid", "subgid"):
            (folder / name).write_text("somebody:{}:{}\n".format(*_SUBORDINATE))
        # With its own process numbers, so that whatever it starts ends with it.
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        as_user = [*apart, "sh", "-c", _AS_A_USER, str(user), "podman", "--storage-driver=overlay"]
        with _serving(folder, as_user, socket="run/podman.sock", stop=signal.SIGKILL) as address:
            yield address


@contextmanager
def _folder() -> Iterator[Path]:
    there = shutil.which("podman") and Path("/usr/lib/podman/netavark").exists()
    if os.geteuid() != 0 or not there:
        raise DevError("No Podman here: install Debian's `podman` and `netavark`, or `make setup`.")
    with tempfile.TemporaryDirectory(prefix="envbuilder-podman-", dir="/var/tmp") as temporary:
        folder = Path(temporary)
        for name in ("home", "run"):
            (folder / name).mkdir(0o700)
        yield folder


@contextmanager
def _serving(
    folder: Path,
    podman: Sequence[str | Path],
    *,
    socket: str = "podman.sock",
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[str]:
    config = folder / "containers.conf"
    config.write_text(_CONFIG.format(runtime="runc" if shutil.which("runc") else "crun"))
    address = f"unix://{folder / socket}"
    with server_process(
        [*podman, "system", "service", "-t0", address],
        log=folder / "log",
        ready=lambda: (folder / socket).exists() and answers(address),
        cwd=folder,
        env={
            **os.environ,
            "CONTAINERS_CONF": str(config),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "home"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        },
        stop_signal=stop,
    ):
        yield address
