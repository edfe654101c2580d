"""Volumes on the engine: users' homes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiodocker.volumes import DockerVolume

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.errors import Conflict


async def remove_volume(connection: Connection, name: str) -> None:
    """Remove the volume and all that is in it."""
    try:
        with connection.client() as docker:
            volume: Any = DockerVolume(docker, quote(name, safe=""))  # type: ignore[no-untyped-call]
            await volume.delete()
    except EngineRefused as refused:
        if refused.status == 409:
            raise Conflict(f"Volume '{name}' cannot be removed: a container uses it.") from refused
        if refused.status != 404:
            raise
