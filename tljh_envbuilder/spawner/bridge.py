"""Where containers reach this machine."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import closing, suppress
from typing import Any

import docker
from docker.errors import DockerException
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException

#: Seconds; the Hub waits for this when it starts.
ENGINE_TIMEOUT = 5


def bridge_gateway(network: str = "bridge", **client_kwargs: Any) -> str | None:
    """The address that this machine has on the engine's network.

    None when the engine does not answer, or has its networks on another machine.
    """
    settings = {"version": "auto", "timeout": ENGINE_TIMEOUT, **kwargs_from_env(), **client_kwargs}
    try:
        with closing(docker.APIClient(**settings)) as engine:
            ipam = engine.inspect_network(network)["IPAM"]
    except (DockerException, RequestException):
        return None
    addresses = (_gateway(config) for config in ipam.get("Config") or [])
    return next((address for address in addresses if address and _is_here(address)), None)


def _gateway(config: dict[str, str]) -> str | None:
    """The gateway of an IPv4 subnet; the engine does not always name the one of its own bridge."""
    subnet = ipaddress.ip_network(config["Subnet"])
    if subnet.version != 4:
        return None
    return config.get("Gateway") or str(next(subnet.hosts()))


def _is_here(address: str) -> bool:
    with suppress(OSError), socket.socket() as probe:
        probe.bind((address, 0))
        return True
    return False
