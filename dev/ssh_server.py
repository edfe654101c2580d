"""A real SSH server on loopback, for bare repositories and for the way to an engine's socket."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.git_server import GitRepository
from dev.process import DevError, free_port, is_listening, server_process

# Who logs in is whoever runs this: another user's files and processes are not touched.
_CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
AuthenticationMethods publickey
PermitRootLogin forced-commands-only
StrictModes no
UsePAM no
LogLevel VERBOSE
"""
_GIT_ONLY = 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\""'
_FORWARD_ONLY = 'restrict,port-forwarding,command="/bin/false"'


class SshServer:
    """Serves every repository of this machine's disk, read and write, to `allow`ed keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.host_key = make_key(folder / "host_key")
        (folder / "authorized_keys").touch()

    @property
    def known_hosts(self) -> str:
        """The line that makes this server a known host."""
        kind, key = self.host_key.split()[:2]
        return f"[127.0.0.1]:{self.port} {kind} {key}\n"

    def url(self, repository: GitRepository) -> str:
        """Address of a repository on this server."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository.path}"

    def allow(self, public_key: str) -> None:
        """Let whoever has the private key fetch and push."""
        self._add(f"{_GIT_ONLY} {public_key}")

    def allow_forwarding(self, public_key: str) -> None:
        """Let whoever has the private key reach this machine's sockets, and nothing else."""
        self._add(f"{_FORWARD_ONLY} {public_key}")

    def _add(self, line: str) -> None:
        with (self.folder / "authorized_keys").open("a") as keys:
            keys.write(f"{line}\n")

    def log(self) -> str:
        """What the server says, of those who tried included."""
        return (self.folder / "sshd.log").read_text(errors="replace")


def make_key(path: Path, *, comment: str = "", passphrase: str = "") -> str:
    """Make a private key in this file; gives the public key."""
    options = ["-q", "-t", "ed25519", "-C", comment, "-N", passphrase, "-f", str(path)]
    subprocess.run(["ssh-keygen", *options], check=True, stdin=subprocess.DEVNULL)
    return path.with_name(f"{path.name}.pub").read_text().strip()


@contextmanager
def serve_ssh(folder: Path) -> Iterator[SshServer]:
    """Run an SSH server that keeps its keys in the folder."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if sshd is None or shutil.which("ssh-keygen") is None:
        raise DevError("No SSH server here: `apt-get install openssh-server`, or `make setup`.")
    server = SshServer(folder)
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(folder=folder, port=server.port))
    # Where it gives up its privileges; Debian's init script makes it.
    if Path("/run").stat().st_uid == 0 == Path(folder).stat().st_uid:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = [sshd, "-D", "-e", "-f", config]
    with server_process(command, log=folder / "sshd.log", ready=lambda: is_listening(server.port)):
        yield server
