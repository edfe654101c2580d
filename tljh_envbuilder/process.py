"""The service as a process: one for each state folder, and none without the Hub that runs it."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tljh_envbuilder.errors import ConfigurationError

#: Seconds that a new process waits for the old one to end.
PATIENCE = 30.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def alone_in(state_dir: Path) -> AsyncIterator[None]:
    """Let no two processes work in the folder, however the earlier one was left behind.

    The kernel lets go of the lock when its holder dies. Raises ConfigurationError.
    """
    with (state_dir / "lock").open("a") as lock:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        waiting = False
        while not _taken(lock.fileno()):
            if not waiting:
                _log.warning("Waiting for the service that still works in %s to end", state_dir)
            waiting = True
            if asyncio.get_running_loop().time() > deadline:
                raise ConfigurationError(
                    f"Another tljh-envbuilder works in {state_dir}: end it, or set "
                    "EnvBuilder.state_dir."
                )
            await asyncio.sleep(0.1)
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def parent_gone() -> None:
    """Return when the process that started this one has died."""
    parent = os.getppid()
    while True:
        await asyncio.sleep(0.5)
        if os.getppid() != parent:
            return
