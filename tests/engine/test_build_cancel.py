"""Leaving a build stops it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.fixture_types import Build
from tests.engine.records import (
    collect,
)
from tljh_envbuilder.models.events import LogText


async def test_closing_the_generator_stops_the_step(
    build: Build, base_image: str, docker_host: str
) -> None:
    if not docker_host.startswith("unix://"):
        pytest.skip("the processes of an engine elsewhere cannot be seen from here")
    seconds = f"{random.randint(10_000, 99_999)}.5"
    records = build(f"FROM {base_image}\nRUN echo asleep; exec sleep {seconds}\n")
    async for record in records:
        if isinstance(record, LogText) and "asleep" in record.text:
            break
    await until(lambda: runs("sleep", seconds), seconds=60)

    await records.aclose()

    await until(lambda: not runs("sleep", seconds), seconds=1)


async def test_cancelling_the_task_stops_the_step(
    build: Build, base_image: str, docker_host: str
) -> None:
    if not docker_host.startswith("unix://"):
        pytest.skip("the processes of an engine elsewhere cannot be seen from here")
    seconds = f"{random.randint(10_000, 99_999)}.5"
    task = asyncio.create_task(collect(build(f"FROM {base_image}\nRUN exec sleep {seconds}\n")))
    await until(lambda: runs("sleep", seconds), seconds=30)

    task.cancel()

    await until(lambda: not runs("sleep", seconds), seconds=1)
    assert task.cancelled()


def runs(*arguments: str) -> bool:
    """Whether a process with these arguments runs on this machine."""
    wanted = b"\0".join(argument.encode() for argument in arguments) + b"\0"
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == wanted:
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


async def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until it is so, or fail."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"not so within {seconds} s"
        await asyncio.sleep(0.02)
