"""Running a command in an image, to see what the image is like."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiodocker.containers import DockerContainer

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.errors import EnvBuilderError, NotFound

_LONGEST_OUTPUT = 100_000  # characters


async def run_command(
    connection: Connection,
    image: str,
    command: Sequence[str],
    *,
    timeout: float,
    mem_limit: int | None,
    labels: Mapping[str, str],
) -> str:
    """What the command writes, in a container without a network that is gone afterwards.

    Raises TimeoutError when it does not end within `timeout` seconds, NotFound for want of the
    image.
    """
    config = _config(image, command, mem_limit=mem_limit, labels=labels)
    # Shielded, so that whoever is cancelled meanwhile still learns what to remove.
    creating = asyncio.ensure_future(_create(connection, image, config))
    try:
        return await asyncio.wait_for(_outcome(connection, creating), timeout)
    except asyncio.TimeoutError:
        raise TimeoutError(f"The command did not end within {timeout:g} seconds.") from None
    finally:
        await asyncio.shield(_remove(connection, creating))


def _config(
    image: str,
    command: Sequence[str],
    *,
    mem_limit: int | None,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    host: dict[str, Any] = {
        "NetworkMode": "none",
        "SecurityOpt": ["no-new-privileges"],
        # Bounds what the engine keeps, and so what is read, of a command that never stops writing.
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}},
    }
    if mem_limit is not None:
        host |= {"Memory": mem_limit, "MemorySwap": mem_limit}
    return {"Image": image, "Cmd": list(command), "Labels": dict(labels), "HostConfig": host}


async def _create(connection: Connection, image: str, config: dict[str, Any]) -> DockerContainer:
    try:
        with connection.client() as docker:
            return await docker.containers.create(config)
    except EngineRefused as refused:
        if refused.status == 404:
            raise NotFound(f"Image '{image}' is not on the engine.") from refused
        raise


async def _outcome(connection: Connection, creating: asyncio.Future[DockerContainer]) -> str:
    container = await asyncio.shield(creating)
    try:
        with connection.client():
            await container.start()
    except EngineRefused as refused:
        if "executable file not found" in refused.reason or "no such file" in refused.reason:
            return refused.reason
        raise
    with connection.client():
        await container.wait()
        output = "".join(await container.log(stdout=True, stderr=True))
    return output[-_LONGEST_OUTPUT:]


async def _remove(connection: Connection, creating: asyncio.Future[DockerContainer]) -> None:
    # What went wrong before is what the caller should hear of.
    with suppress(EnvBuilderError):
        container = await creating
        with connection.client():
            await container.delete(force=True, v=True)
