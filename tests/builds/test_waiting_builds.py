"""Builds that wait, and a queue that does not hear of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tljh_envbuilder.builds import queue as module
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.environment import EnvironmentRequest
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store


class FailingRunner:
    """Lets each build fail."""

    def __init__(self, store: Store, logs: BuildLogs, changes: Changes) -> None:
        self.ran: asyncio.Queue[int] = asyncio.Queue()
        self._parts = store, logs, changes

    async def record_of(self, build: Build) -> BuildRecord:
        store, logs, changes = self._parts
        environment = await store.environments.get(build.environment)
        return BuildRecord(build, environment, store, logs, changes)

    async def run(self, record: BuildRecord) -> None:
        await record.failed("No.")
        await self.ran.put(record.build.id)


async def test_a_build_that_nobody_has_announced_runs_nevertheless(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    logs, changes = BuildLogs(tmp_path / "logs"), Changes()
    runner = FailingRunner(store, logs, changes)
    queue = BuildQueue(store=store, logs=logs, runner=runner, changes=changes)
    await queue.start()
    await asyncio.sleep(0.1)  # in which it finds nothing
    request = EnvironmentRequest(name="maths", repo_url="https://example.org/maths")

    _, build = await store.environments.add(request, owner="ada")

    assert await asyncio.wait_for(runner.ran.get(), 60) == build.id
    await queue.stop()
    logs.close()
