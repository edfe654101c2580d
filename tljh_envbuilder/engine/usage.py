"""What a running container uses, and how much it may."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.models.base import Frozen

#: Seconds between two looks at a container of which there was none lately, and how long ago the
#: earlier one may have been.
_BETWEEN, _LATELY = 0.4, 120.0
_NANOSECONDS = 1e9


class Usage(Frozen):
    """Memory in bytes and CPU in cores; null for what the engine does not tell, or no limit."""

    memory_used: int | None = None
    mem_limit: int | None = None
    cpu_used: float | None = None
    cpu_limit: float | None = None


class _Look(Frozen):
    """CPU seconds that a container has used up to a time, and its memory then."""

    read: datetime | None = None
    cpu_seconds: float | None = None
    memory: int | None = None


class UsageMeter:
    """Looks at containers, and remembers the last look: what a CPU does needs two."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._looks: dict[str, tuple[float, _Look]] = {}

    async def read(self, container_id: str) -> Usage | None:
        """What the container uses now, of what; None for one that is gone."""
        try:
            limits, (earlier, now) = await asyncio.gather(
                _limits(self._connection, container_id), self._two_looks(container_id)
            )
        except EngineRefused as refused:
            if refused.status == 404:
                return None
            raise
        return Usage(memory_used=now.memory, cpu_used=_cores(earlier, now), **limits)

    async def _two_looks(self, container_id: str) -> tuple[_Look, _Look]:
        known = self._looks.get(container_id)
        if known is None or not _BETWEEN <= time.monotonic() - known[0] <= _LATELY:
            earlier = await _look(self._connection, container_id)
            await asyncio.sleep(_BETWEEN)
        else:
            earlier = known[1]
        now = await _look(self._connection, container_id)
        self._keep(container_id, now)
        return earlier, now

    def _keep(self, container_id: str, look: _Look) -> None:
        moment = time.monotonic()
        self._looks[container_id] = (moment, look)
        self._looks = {
            each: (at, kept) for each, (at, kept) in self._looks.items() if moment - at <= _LATELY
        }


async def _look(connection: Connection, container_id: str) -> _Look:
    # Without `one-shot` the engine takes a second or two for each answer.
    path = f"containers/{quote(container_id, safe='')}/stats?stream=false&one-shot=true"
    try:
        stats = await connection.request("GET", path)
    except EngineRefused as refused:
        if refused.status == 404:
            raise
        stats = None
    if not isinstance(stats, dict):  # Podman says nothing, or that it cannot, without cgroups
        return _Look()
    cpu = (stats.get("cpu_stats") or {}).get("cpu_usage") or {}
    return _Look(
        read=stats.get("read"),
        cpu_seconds=cpu["total_usage"] / _NANOSECONDS if cpu.get("total_usage") else None,
        memory=_memory(stats.get("memory_stats") or {}),
    )


def _memory(stats: Mapping[str, Any]) -> int | None:
    """Without the page cache that can go at any time, as `docker stats` counts."""
    if not stats.get("usage"):
        return None
    details = stats.get("stats") or {}
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(0, int(stats["usage"]) - int(cache))


def _cores(earlier: _Look, now: _Look) -> float | None:
    if earlier.read is None or now.read is None:
        return None
    seconds = (now.read - earlier.read).total_seconds()
    if earlier.cpu_seconds is None or now.cpu_seconds is None or seconds <= 0:
        return None
    return round(max(0.0, now.cpu_seconds - earlier.cpu_seconds) / seconds, 3)


async def _limits(connection: Connection, container_id: str) -> dict[str, Any]:
    found = await connection.request("GET", f"containers/{quote(container_id, safe='')}/json")
    config = found.get("HostConfig") or {}
    cores = (config.get("NanoCpus") or 0) / _NANOSECONDS
    if not cores and config.get("CpuQuota", 0) > 0:
        cores = config["CpuQuota"] / (config.get("CpuPeriod") or 100_000)
    return {"mem_limit": config.get("Memory") or None, "cpu_limit": cores or None}
