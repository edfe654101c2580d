"""A container registry of one's own that asks for a login, on loopback."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.process import DevError, free_port, is_listening, server_process


@dataclass(frozen=True)
class Registry:
    """A running registry and its only account."""

    address: str  # host:port, as in an image's name
    username: str
    password: str


@contextmanager
def run_registry() -> Iterator[Registry]:
    """Run Debian's docker-registry; engines accept plain HTTP from loopback addresses."""
    if shutil.which("docker-registry") is None or shutil.which("htpasswd") is None:
        raise DevError(
            "No registry here: install Debian's `docker-registry` and `apache2-utils`,"
            " or `make setup`."
        )
    port = free_port()
    account = Registry(f"127.0.0.1:{port}", "envbuilder", secrets.token_urlsafe(16))
    with tempfile.TemporaryDirectory(prefix="envbuilder-registry-") as temporary:
        folder = Path(temporary)
        accounts = folder / "htpasswd"
        hashed = subprocess.run(
            ["htpasswd", "-niB", account.username],
            check=True,
            input=account.password.encode(),
            stdout=subprocess.PIPE,
        )
        accounts.write_bytes(hashed.stdout)
        config = folder / "config.yml"
        config.write_text(json.dumps(_config(account.address, folder / "data", accounts)))
        with server_process(
            ["docker-registry", "serve", config],
            log=folder / "log",
            ready=lambda: is_listening(port),
        ):
            yield account


def _config(address: str, data: Path, accounts: Path) -> dict[str, object]:
    """The registry's settings; YAML reads JSON."""
    return {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(data)}, "delete": {"enabled": True}},
        "http": {"addr": address},
        "auth": {"htpasswd": {"realm": "envbuilder", "path": str(accounts)}},
    }
