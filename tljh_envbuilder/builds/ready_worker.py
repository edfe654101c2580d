"""A fetch worker that is started before there is work for it."""

from __future__ import annotations

import asyncio
import shutil
from logging import Logger
from pathlib import Path
from uuid import uuid4

from tljh_envbuilder.builds.fetch_worker import FetchWorker, WorkerUser

#: Names of folders in which workers wait begin like this.
PREFIX = "ready-"


class ReadyWorker:
    """At most one worker that has imported repo2docker, which takes most of a second, and waits."""

    def __init__(self, work_dir: Path, log: Logger) -> None:
        self._work_dir = work_dir
        self._log = log
        self._worker: FetchWorker | None = None
        self._starting: asyncio.Task[None] | None = None

    async def take(self, folder: Path) -> FetchWorker | None:
        """The worker that waits, now in this folder; None if there is none that is alive."""
        if self._starting is not None:
            await asyncio.wait({self._starting})
        self._drop_dead()
        worker, self._worker = self._worker, None
        if worker is not None:
            shutil.rmtree(folder, ignore_errors=True)
            worker.move_to(folder)
        return worker

    def prepare(self, user: WorkerUser) -> None:
        """See to it that a worker waits before long."""
        self._drop_dead()
        if self._worker is None and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start(user))

    async def close(self) -> None:
        """End the worker that waits."""
        if self._starting is not None:
            await asyncio.wait({self._starting})
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            await worker.process.communicate()
            await asyncio.to_thread(shutil.rmtree, worker.folder, ignore_errors=True)

    def _drop_dead(self) -> None:
        if self._worker is not None and not self._worker.is_alive:
            shutil.rmtree(self._worker.folder, ignore_errors=True)
            self._worker = None

    async def _start(self, user: WorkerUser) -> None:
        try:
            folder = self._work_dir / f"{PREFIX}{uuid4().hex[:8]}"
            self._worker = await FetchWorker.start(folder, user, self._log)
        except OSError as error:
            # The build that needs it starts one of its own, and says what is wrong.
            self._log.warning("No fetch worker could be started in advance: %s", error)
