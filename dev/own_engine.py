"""A container engine of one's own, beside the machine's, that may be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import docker

from dev.engine import answers
from dev.process import DevError, last_lines, wait_until

#: Bytes that an engine's images and build cache may take.
DISK_SIZE = 2 * 2**30


class OwnEngine:
    """dockerd with folders and a network namespace of its own, so that it disturbs no other.

    The namespace is a new one without a way out, or that of the process `network_of`; `options` are
    further ones of dockerd.
    """

    def __init__(
        self,
        folder: Path,
        *,
        network_of: int | None = None,
        options: Sequence[str | Path] = (),
    ) -> None:
        # Not below the data: sockets need short paths.
        self.folder = folder
        self._namespace = ["unshare", "--net"]
        if network_of is not None:
            self._namespace = ["nsenter", f"--net=/proc/{network_of}/ns/net"]
        self.address = f"unix://{folder}/docker.sock"
        self._options = options
        self._log = folder / "dockerd.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the dockerd that runs, and so of its network namespace."""
        assert self._process is not None
        return self._process.pid

    def copy_image(self, name: str, docker_host: str) -> None:
        """Bring an image here from another engine."""
        with (
            closing(docker.APIClient(docker_host, version="auto", timeout=300)) as source,
            closing(docker.APIClient(self.address, version="auto", timeout=300)) as target,
        ):
            for message in target.load_image(source.get_image(name)):
                if "error" in message:
                    raise DevError(f"{name} could not be copied: {message['error']}")

    def start(self) -> None:
        """Start, also again after `kill()` or `stop()`, and wait until it answers."""
        # Its containerd died with it, and is taken for alive where no init reaps it.
        (self.folder / "exec/containerd/containerd.pid").unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(*self._namespace, "dockerd", "--host", self.address),
                    *("--data-root", self.folder / "data", "--exec-root", self.folder / "exec"),
                    *("--pidfile", self.folder / "dockerd.pid"),
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self._process

        def ready() -> bool:
            if process.poll() is not None:
                raise DevError(f"dockerd ended:\n{last_lines(self._log)}")
            return answers(self.address)

        wait_until(ready, timeout=240, what="dockerd did not answer")

    def stop(self) -> None:
        """Let it end in its own way, as a package's upgrade does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does; its containerd and what that runs live on."""
        self._end(signal.SIGKILL)

    def lose_power(self) -> None:
        """End it with all that it runs, as when the machine goes down."""
        self.kill()
        self._end_all()

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=240)
            self._process = None

    def _end_all(self) -> None:
        """End containerd and what runs in containers: all that sees this engine's data."""
        mark = str(self.folder).encode()
        for process in Path("/proc").glob("[0-9]*"):
            pid = int(process.name)
            with suppress(OSError):
                command, mounts = process / "cmdline", process / "mountinfo"
                in_container = f"{mark.decode()}/data/overlay2".encode() in _root_of(mounts)
                if pid != os.getpid() and (mark in command.read_bytes() or in_container):
                    os.kill(pid, signal.SIGKILL)


def _root_of(mountinfo: Path) -> bytes:
    """The mount that is a process's root folder."""
    lines = mountinfo.read_bytes().splitlines()
    return next((line for line in lines if line.split()[4] == b"/"), b"")


@contextmanager
def run_own_engine(
    options: Sequence[str | Path] = (),
    *,
    network_of: int | None = None,
    disk_size: int | None = DISK_SIZE,
) -> Iterator[OwnEngine]:
    """Run an engine, with further options of dockerd, until the block ends; needs root.

    Its data are on a disk in memory of `disk_size` bytes; None for the machine's own disk.
    """
    if os.geteuid() != 0 or shutil.which("dockerd") is None or shutil.which("unshare") is None:
        raise DevError("A further engine needs root, Debian's `docker.io` and `unshare`.")
    folder = Path(tempfile.mkdtemp(prefix="envbuilder-engine-", dir="/var/tmp"))
    engine = OwnEngine(folder, network_of=network_of, options=options)
    try:
        if disk_size is not None:
            _mount_disk(folder / "data", disk_size)
        engine.start()
        yield engine
    finally:
        engine.stop()
        engine.lose_power()
        _unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _mount_disk(folder: Path, size: int) -> None:
    """A disk in memory: fast, and small enough to be filled."""
    folder.mkdir()
    options = f"size={size},mode=711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


def _unmount_below(folder: Path) -> None:
    """What an engine that was killed has left mounted."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted(mounts, reverse=True):
        if Path(mount).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", mount], check=False)
