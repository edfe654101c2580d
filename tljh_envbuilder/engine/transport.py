"""How an engine is reached: by a socket of this machine, over TCP with or without TLS, by ssh."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from tljh_envbuilder.engine.tunnel import SshConnector, SshTunnel

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_PORT, _TLS_PORT = 2375, 2376
#: Questions in a row, whether the other machine is still there, that may stay unanswered.
_KEEPALIVE_COUNT = 3


@dataclass(frozen=True)
class Address:
    """Where an engine is, and what is needed to get there."""

    url: str
    cert_path: str = ""  # folder with ca.pem, cert.pem and key.pem; empty for no TLS
    ssh_config: str = ""  # file; empty for the user's own

    @classmethod
    def of(
        cls, url: str = "", *, cert_path: str = "", ssh_config: str = "", env: Mapping[str, str]
    ) -> Address:
        """What is not said is taken from the environment, as Docker's own programs do."""
        if not cert_path and env.get("DOCKER_TLS_VERIFY"):
            cert_path = env.get("DOCKER_CERT_PATH") or str(Path.home() / ".docker")
        return cls(url or env.get("DOCKER_HOST") or DEFAULT_SOCKET, cert_path, ssh_config)

    @property
    def shown(self) -> str:
        """The address for people, who may be anybody: without the user and password in it."""
        scheme, found, rest = self.url.partition("://")
        if scheme == "unix" and found:
            return self.url
        # A password may have any character, a slash as well.
        return scheme.rpartition("@")[2] + found + rest.rpartition("@")[2]

    @property
    def is_remote(self) -> bool:
        """Whether what is sent there goes over a network."""
        return not self.url.startswith("unix://")

    @property
    def is_elsewhere(self) -> bool:
        """Whether that is another machine, as far as the address tells."""
        host = urlsplit(self.url).hostname or ""
        try:
            is_here = ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_here = host == "localhost"
        return self.is_remote and not is_here


class Transport:
    """Makes the connections to an engine; `url` is what requests are addressed to.

    A connection is made within `connect_timeout` seconds, and is lost when the other machine has
    been gone for `silence_timeout`: a build may be silent for long, and so is a line that is cut.
    """

    def __init__(self, address: Address, *, connect_timeout: float, silence_timeout: float) -> None:
        self._tunnel: SshTunnel | None = None
        self.connector: aiohttp.BaseConnector
        scheme, _, rest = address.url.partition("://")
        if scheme == "unix":
            self.url = "unix://localhost"
            self.connector = aiohttp.UnixConnector(rest)
        elif scheme == "ssh":
            self._tunnel = SshTunnel(
                address.url,
                config_file=address.ssh_config,
                connect_timeout=connect_timeout,
                keepalive=_keepalive(silence_timeout),
            )
            self.url = "unix://localhost"
            self.connector = SshConnector(self._tunnel)
        elif scheme in ("tcp", "http", "https"):
            has_tls = scheme == "https" or bool(address.cert_path)
            self.url = _http_url(rest, has_tls=has_tls)
            self.connector = aiohttp.TCPConnector(
                ssl=_client_tls(Path(address.cert_path)) if address.cert_path else True,
                socket_factory=lambda found: _watched_socket(found, silence_timeout),
            )
        else:
            raise ValueError("it begins with none of unix://, tcp:// and ssh://")

    async def close(self) -> None:
        """Close what is open to the engine."""
        await self.connector.close()
        if self._tunnel is not None:
            await self._tunnel.close()


def _http_url(rest: str, *, has_tls: bool) -> str:
    url = URL(f"{'https' if has_tls else 'http'}://{rest}")
    if url.explicit_port is None:
        url = url.with_port(_TLS_PORT if has_tls else _PORT)
    return str(url).rstrip("/")


def _client_tls(folder: Path) -> ssl.SSLContext:
    """Trust the folder's authority alone, and show the folder's certificate."""
    try:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    except FileNotFoundError:
        raise ValueError(f"{folder} needs ca.pem, cert.pem and key.pem") from None
    return context


def _keepalive(silence_timeout: float) -> tuple[int, int]:
    """Seconds between two questions whether the other machine is there, and their number."""
    return max(1, round(silence_timeout / (_KEEPALIVE_COUNT + 1))), _KEEPALIVE_COUNT


def _watched_socket(address: tuple[Any, ...], silence_timeout: float) -> socket.socket:
    """A socket that the kernel closes when the other machine is gone."""
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        interval, count = _keepalive(silence_timeout)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, interval)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)
        # Keepalive rests while something that was sent waits to be acknowledged.
        milliseconds = round(silence_timeout * 1000)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return made
