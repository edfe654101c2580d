"""Waiting for an engine that was lost."""

from __future__ import annotations

import asyncio
import math

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EngineUnavailable

#: Seconds between two looks whether the engine answers again.
RETRY_INTERVAL = 1.0


async def wait_for_engine(engine: DockerEngine, *, patience: float = math.inf) -> None:
    """Return once it answers; raises EngineUnavailable if it stays away for `patience` seconds."""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        # One that dies of this very build must not be hurried.
        await asyncio.sleep(RETRY_INTERVAL)
        try:
            await engine.info()
        except EngineUnavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise
        else:
            return
