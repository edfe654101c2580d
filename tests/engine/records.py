"""Reading the records of a build or a pull in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any

from tljh_envbuilder.errors import BuildFailed
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText

# Status of a step, and whether it is cached.
RUNNING = (StepStatus.RUNNING, False)
DONE = (StepStatus.DONE, False)
CACHED = (StepStatus.DONE, True)
FAILED = (StepStatus.FAILED, False)
CANCELLED = (StepStatus.CANCELLED, False)


async def collect(records: AsyncIterator[Any]) -> list[Any]:
    """All records of something that succeeds."""
    return [record async for record in records]


async def collect_until_failure(records: AsyncIterator[Any]) -> list[Any]:
    """The records that come before the failure."""
    collected = []
    with suppress(BuildFailed):
        async for record in records:
            collected.append(record)
    return collected


def text_of(records: Iterable[Any], *, stream: str | None = None) -> str:
    """The whole output, or that of one stream."""
    return "".join(
        record.text
        for record in records
        if isinstance(record, LogText) and stream in (None, record.stream)
    )


def states_of(records: Iterable[Any], name: str) -> list[tuple[StepStatus, bool]]:
    """What becomes of the step whose name has these words: its status, and whether cached."""
    return [
        (record.status, record.cached)
        for record in records
        if isinstance(record, Step) and name in record.name
    ]
