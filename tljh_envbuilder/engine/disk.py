"""What the engine takes on disk."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.errors import EngineUnavailable
from tljh_envbuilder.models.base import Frozen

#: How long an answer is good, in seconds: a large engine works for a while on each.
KEPT = 10.0
#: The engine measures, and prunes, for one client at a time: seconds until the next one asks again,
#: and how often it does.
_TURN, _TURNS = 0.2, 300


class ImageUse(Frozen):
    """What one image takes, in bytes."""

    size: int
    shared: int = Field(description="What of it other images have too.")


class DiskUse(Frozen):
    """What images and build cache take, in bytes."""

    images: dict[str, ImageUse]
    layers: int = Field(description="The layers of all images, each counted once.")
    build_cache: int = Field(description="What only the build cache has.")


class DiskMeter:
    """Asks the engine once for all who want to know at about the same time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reading: asyncio.Task[DiskUse] | None = None
        self._started = 0.0

    async def read(self) -> DiskUse:
        """What the engine takes on disk, now or shortly ago."""
        if self._reading is None or time.monotonic() - self._started > KEPT:
            self._started = time.monotonic()
            self._reading = asyncio.create_task(_read(self._connection))
            self._reading.add_done_callback(self._forget_failure)
        return await asyncio.shield(self._reading)

    def forget(self) -> None:
        """Something was removed: ask anew."""
        self._reading = None

    def _forget_failure(self, reading: asyncio.Task[DiskUse]) -> None:
        failed = reading.cancelled() or reading.exception() is not None
        if failed and self._reading is reading:
            self.forget()


async def prune_build_cache(connection: Connection, keep: int) -> int:
    """Remove what was not used for longest, until `keep` bytes are left; returns bytes freed."""
    try:
        answer = await _in_turn(connection, "POST", f"build/prune?keep-storage={keep}")
    except EngineRefused as refused:
        if refused.status == 404:  # Podman's cache is images
            return 0
        raise
    return int(answer.get("SpaceReclaimed") or 0)


async def data_root(connection: Connection) -> Path | None:
    """The folder where an engine on this machine keeps its data; None for one elsewhere."""
    if not connection.address.startswith("unix://"):
        return None
    with connection.client() as docker:
        system = await asyncio.wait_for(docker.system.info(), connection.connect_timeout)
    root = system["DockerRootDir"]
    return Path(root) if await asyncio.to_thread(os.path.isdir, root) else None


async def _read(connection: Connection) -> DiskUse:
    # Where the engine can leave volumes out, it does: to measure them it walks through all homes.
    found = await _in_turn(connection, "GET", "system/df?type=image&type=build-cache&verbose=1")
    # Since API 1.52 each kind of object has a part of its own.
    images = found.get("ImagesDiskUsage") or {
        "Items": found.get("Images"),
        "TotalSize": found.get("LayersSize"),
    }
    cache = found.get("BuildCacheDiskUsage") or {"Items": found.get("BuildCache")}
    return DiskUse(
        images={entry["Id"]: _use_of(entry) for entry in images.get("Items") or ()},
        layers=images.get("TotalSize") or 0,
        build_cache=sum(
            entry["Size"] for entry in cache.get("Items") or () if not entry.get("Shared")
        ),
    )


def _use_of(entry: Mapping[str, Any]) -> ImageUse:
    # Below 0 where the engine does not know.
    return ImageUse(size=max(0, entry["Size"]), shared=max(0, entry.get("SharedSize", 0)))


async def _in_turn(connection: Connection, method: str, path: str) -> Any:
    for _ in range(_TURNS):
        try:
            return await connection.request(method, path)
        except EngineRefused as refused:
            if "already running" not in refused.reason:
                raise
        await asyncio.sleep(_TURN)
    raise EngineUnavailable("The container engine is still busy measuring its disk use.")
