"""Keeps builds from filling the disk."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

from traitlets import Integer
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import DiskFull, EnvBuilderError
from tljh_envbuilder.models.disk import DiskSpace

T = TypeVar("T")
Holds = Literal["state", "work", "engine"]

#: Seconds between two looks while a build runs.
INTERVAL = 0.5
MEBIBYTE = 2**20

_WORDS: Mapping[str, str] = {
    "state": "the service's database and logs",
    "work": "repositories while they are fetched",
    "engine": "the container engine's images",
}


class DiskGuard(LoggingConfigurable):
    """Knows the disks that builds need, and lets none run once there is too little space."""

    min_free_space = Integer(
        2 * 2**30,
        min=0,
        config=True,
        help="Bytes that must stay free on each disk that builds need (the state folder's, "
        "Fetcher.work_dir's and, on this machine, the engine's): with less, builds are refused and "
        "those that run are stopped. 0 for no limit.",
    )

    def __init__(
        self, *, engine: DockerEngine, state_dir: Path, work_dir: Path, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self._engine = engine
        #: None for what is on no disk of this machine.
        self._folders: dict[Holds, Path | None] = {"state": state_dir, "work": work_dir}

    async def disks(self) -> list[DiskSpace]:
        """The disks as they are now; the engine's only if it answers and is on this machine."""
        if "engine" not in self._folders:
            await self._find_engine()
        return await asyncio.to_thread(self._measure)

    async def check(self) -> None:
        """Raise DiskFull when a disk has too little space."""
        if self.min_free_space == 0:
            return
        for disk in await self.disks():
            if disk.free_bytes < self.min_free_space:
                raise DiskFull(
                    f"Only {disk.free_bytes / MEBIBYTE:.0f} MiB are free on the disk that holds "
                    f"{_WORDS[disk.holds]}, and builds need {self.min_free_space / MEBIBYTE:.0f} "
                    "MiB: delete environments that nobody uses, or ask the operator to make room."
                )

    async def guard(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `work` returns; it is cancelled, and DiskFull raised, once space runs short."""
        await self.check()
        working = asyncio.create_task(work())
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            return await (working if working.done() else watching)
        finally:
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _watch(self) -> NoReturn:
        while True:
            await asyncio.sleep(INTERVAL)
            await self.check()

    async def _find_engine(self) -> None:
        with suppress(EnvBuilderError):  # whoever needs the engine will say so
            self._folders["engine"] = await self._engine.data_root()

    def _measure(self) -> list[DiskSpace]:
        return [
            DiskSpace(holds=holds, free_bytes=usage.free, total_bytes=usage.total)
            for holds, folder in self._folders.items()
            if folder is not None
            for usage in [shutil.disk_usage(_existing(folder))]
        ]


def _existing(folder: Path) -> Path:
    """The folder, or the one that it will be made in."""
    return next(path for path in (folder, *folder.parents) if os.path.exists(path))
