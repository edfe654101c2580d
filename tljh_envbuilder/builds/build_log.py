"""Telling a build's log what the engine says."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from tljh_envbuilder.models.build import BuildStatus
from tljh_envbuilder.models.events import LogRecord


class BuildLog(Protocol):
    """Where a build tells what happens to it: a record in the database, or a terminal."""

    def say(self, text: str) -> None:
        """Tell a line of our own."""

    async def add(self, record: LogRecord) -> None:
        """Tell what the engine says."""

    async def status(self, status: BuildStatus) -> None:
        """Tell that the build has come to another status."""


async def record_all(record: BuildLog, events: AsyncGenerator[LogRecord, None]) -> None:
    """Add what the engine says as it says it."""
    # Closed at once when this is cancelled, which is what makes the engine stop.
    async with aclosing(events):
        async for event in events:
            await record.add(event)
