"""What ssh needs to reach the SSH server, and its processes."""

from __future__ import annotations

import getpass
from pathlib import Path

from dev.ssh_server import SshServer, make_key

_CONFIG = """\
Host elsewhere
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {folder}/key
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
"""


def client_config(server: SshServer, folder: Path) -> Path:
    """ssh's configuration for the host `elsewhere`, with a key that may forward and no more."""
    server.allow_forwarding(make_key(folder / "key"))
    (folder / "known_hosts").write_text(server.known_hosts)
    config = folder / "config"
    config.write_text(_CONFIG.format(port=server.port, user=getpass.getuser(), folder=folder))
    return config


def tunnels(config: Path) -> list[int]:
    """The processes of ssh that use the configuration."""
    mark = str(config).encode()
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if (words := _words(path)) and words[0].endswith(b"ssh") and mark in words
    ]


def _words(cmdline: Path) -> list[bytes]:
    try:
        return cmdline.read_bytes().split(b"\0")
    except OSError:
        return []
