"""What the engine is."""

from __future__ import annotations

import asyncio
from typing import Literal

from tljh_envbuilder.engine.connection import Connection
from tljh_envbuilder.models.base import Frozen


class EngineInfo(Frozen):
    """What kind of engine it is, and how it runs."""

    kind: Literal["docker", "podman"]
    rootless: bool = False  # root in a container is the user who runs the engine


async def read_info(connection: Connection) -> EngineInfo:
    """Ask the engine; one that takes the connection and says nothing does not answer."""
    # Once to be reached and once to answer: what is wrong with the way there is to be heard first.
    limit = 2 * connection.connect_timeout
    with connection.client() as docker:
        version, system = await asyncio.wait_for(
            asyncio.gather(docker.version(), docker.system.info()), limit
        )
    components = [component["Name"] for component in version.get("Components") or ()]
    kind: Literal["docker", "podman"] = (
        "podman" if any("Podman" in name for name in components) else "docker"
    )
    return EngineInfo(
        kind=kind,
        rootless=system.get("Rootless", False)  # as Podman says it, and Docker
        or "name=rootless" in (system.get("SecurityOptions") or ()),
    )
