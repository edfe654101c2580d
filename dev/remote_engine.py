"""An engine on what is another machine as far as the network knows: reached over TLS alone."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.own_engine import OwnEngine, run_own_engine
from dev.tls import make_authority


class RemoteEngine:
    """dockerd over TLS with client certificates, behind a network cable that can be pulled."""

    def __init__(self, engine: OwnEngine, *, host: str, link: str, cert_path: Path) -> None:
        self.engine = engine
        self.address = f"tcp://{host}:2376"
        #: The client's ca.pem, cert.pem and key.pem.
        self.cert_path = cert_path
        self._link = link

    def pull_the_cable(self) -> None:
        """Lose what is on the way from now on; nobody is told."""
        _ip("link", "set", self._link, "down")

    def plug_in(self) -> None:
        """Be reachable again."""
        _ip("link", "set", self._link, "up")


@contextmanager
def run_remote_engine(folder: Path) -> Iterator[RemoteEngine]:
    """Run it until the block ends, with its certificates in the folder; needs root."""
    # Of the networks that are for tests between machines (RFC 2544), so that no other is hidden.
    network = f"198.18.{random.randrange(256)}.{4 * random.randrange(64)}"
    stem = network.rpartition(".")[0]
    first = int(network.rpartition(".")[2])
    here, there = f"{stem}.{first + 1}", f"{stem}.{first + 2}"
    server, client = make_authority(folder, server=there)
    files = {"cacert": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
    tls = ["--tlsverify", *(f"--tls{name}={server / file}" for name, file in files.items())]
    with run_own_engine(["--host=tcp://0.0.0.0:2376", *tls]) as engine:
        link = f"eb{engine.pid}"
        # The end that is in the engine's namespace goes with it, and takes the other along.
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(engine.pid))
        _ip("address", "add", f"{here}/30", "dev", link)
        _ip("link", "set", link, "up")
        _ip("address", "add", f"{there}/30", "dev", "eth0", inside=engine)
        _ip("link", "set", "eth0", "up", inside=engine)
        try:
            yield RemoteEngine(engine, host=there, link=link, cert_path=client)
        finally:
            _ip("link", "delete", link)


def _ip(*arguments: str, inside: OwnEngine | None = None) -> None:
    there = ["nsenter", f"--net=/proc/{inside.pid}/ns/net"] if inside else []
    subprocess.run([*there, "ip", *arguments], check=True, capture_output=True, text=True)
