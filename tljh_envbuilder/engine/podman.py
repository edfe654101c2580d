"""Building with Podman, whose API lets a step go on when the connection closes.

It starts no further step then, but offers nothing to stop the one that runs. So the steps of a
build are marked by a host name in their /etc/hosts, which is no part of the image, and are found by
it among the processes of this machine. Those of a Podman elsewhere run to their end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from tljh_envbuilder.engine.build import BuildRecord, build_image
from tljh_envbuilder.engine.connection import Connection

#: A step that was about to start when the connection closed is there by then, in seconds.
_LATEST_START = 0.5
_LONGEST_HOSTS = 64 * 1024  # bytes


async def build_with_podman(
    connection: Connection, context: Path, **options: Any
) -> AsyncGenerator[BuildRecord, None]:
    """As `build_image`; leaving it ends the step that runs."""
    mark = f"envbuilder-{uuid4().hex}"
    records = build_image(connection, context, **options, extra_hosts=[f"{mark}:127.0.0.1"])
    try:
        async with aclosing(records):
            async for record in records:
                yield record
    except (GeneratorExit, asyncio.CancelledError):
        await asyncio.shield(_end_step(mark.encode()))
        raise


async def _end_step(mark: bytes) -> None:
    deadline = asyncio.get_running_loop().time() + _LATEST_START
    while asyncio.get_running_loop().time() < deadline:
        if pids := await asyncio.to_thread(lambda: list(_marked(mark))):
            for pid in pids:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            return
        await asyncio.sleep(0.05)


def _marked(mark: bytes) -> Iterator[int]:
    """The processes that see the mark, as far as this user may look."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in _content(process / "root/etc/hosts"):
                yield int(process.name)


def _content(path: Path) -> bytes:
    """What is in a file that anybody may have put there: nothing is waited for, little is read."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        return os.read(file, _LONGEST_HOSTS) if stat.S_ISREG(os.fstat(file).st_mode) else b""
    finally:
        os.close(file)
