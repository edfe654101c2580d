"""No build fills a disk: tried on disks that are really small."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dev.own_engine import OwnEngine
from tests.engine.recorded_engine import RecordedEngine
from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import DiskFull

MEBIBYTE = 2**20


@pytest.fixture
def guard(engine: DockerEngine, small_disk: Path, tmp_path: Path) -> DiskGuard:
    """Wants 32 MiB, with the state on the small disk."""
    return DiskGuard(
        engine=engine,
        state_dir=small_disk / "state",
        work_dir=tmp_path,
        min_free_space=32 * MEBIBYTE,
    )


def fill(disk: Path, size: int = 40) -> Path:
    """Write a file of this many MiB."""
    file = disk / "large"
    file.write_bytes(bytes(size * MEBIBYTE))
    return file


async def test_a_disk_with_room_is_fine(guard: DiskGuard) -> None:
    await guard.check()


async def test_a_disk_that_is_nearly_full_is_named_with_what_is_left(
    guard: DiskGuard, small_disk: Path
) -> None:
    fill(small_disk)

    with pytest.raises(
        DiskFull,
        match=r"^Only 24 MiB are free on the disk that holds the service's database and logs, "
        r"and builds need 32 MiB: delete .*\.$",
    ):
        await guard.check()


async def test_the_disk_where_repositories_are_fetched_counts(
    engine: DockerEngine, small_disk: Path, tmp_path: Path
) -> None:
    guard = DiskGuard(
        engine=engine,
        state_dir=tmp_path,
        work_dir=small_disk / "not" / "yet" / "there",
        min_free_space=65 * MEBIBYTE,
    )
    with pytest.raises(DiskFull, match="holds repositories while they are fetched"):
        await guard.check()


async def test_the_disk_of_an_engine_on_this_machine_counts(
    small_disk: Path, tmp_path: Path
) -> None:
    own_engine = OwnEngine(small_disk)
    own_engine.start()
    engine = DockerEngine(docker_host=own_engine.address)
    guard = DiskGuard(
        engine=engine, state_dir=tmp_path, work_dir=tmp_path, min_free_space=32 * MEBIBYTE
    )
    try:
        await guard.check()
        fill(small_disk)
        with pytest.raises(DiskFull, match="holds the container engine's images"):
            await guard.check()
    finally:
        await engine.close()
        own_engine.stop()
        own_engine.lose_power()


async def test_an_engine_that_is_away_is_no_reason_to_refuse(
    small_disk: Path, tmp_path: Path
) -> None:
    away = DockerEngine(docker_host=f"unix://{tmp_path}/none")
    guard = DiskGuard(engine=away, state_dir=small_disk, work_dir=tmp_path, min_free_space=1)
    await guard.check()
    assert {disk.holds for disk in await guard.disks()} == {"state", "work"}
    await away.close()


async def test_an_engine_whose_folder_cannot_be_seen_is_asked_once(tmp_path: Path) -> None:
    recorded = RecordedEngine()
    async with recorded.serve(tmp_path) as address:
        engine = DockerEngine(docker_host=address)
        guard = DiskGuard(engine=engine, state_dir=tmp_path, work_dir=tmp_path)
        assert {disk.holds for disk in await guard.disks()} == {"state", "work"}
        looks = recorded.looks
        await guard.check()
        await engine.close()
    assert recorded.looks == looks


async def test_room_that_was_made_is_seen_at_once(guard: DiskGuard, small_disk: Path) -> None:
    file = fill(small_disk)
    with pytest.raises(DiskFull):
        await guard.check()

    file.unlink()

    await guard.check()


async def test_zero_turns_it_off(guard: DiskGuard, small_disk: Path) -> None:
    fill(small_disk, 64)
    guard.min_free_space = 0

    await guard.check()


async def test_work_returns_what_it_returns(guard: DiskGuard) -> None:
    async def work() -> str:
        return "done"

    assert await guard.guard(work) == "done"


async def test_work_raises_what_it_raises(guard: DiskGuard) -> None:
    async def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await guard.guard(work)


async def test_work_does_not_begin_without_room(guard: DiskGuard, small_disk: Path) -> None:
    fill(small_disk)
    begun = False

    async def work() -> None:
        nonlocal begun
        begun = True

    with pytest.raises(DiskFull):
        await guard.guard(work)
    assert not begun


async def test_work_is_stopped_before_the_disk_is_full(guard: DiskGuard, small_disk: Path) -> None:
    stopped = False

    async def work() -> None:
        nonlocal stopped
        try:
            for number in range(1000):
                (small_disk / f"part-{number}").write_bytes(bytes(MEBIBYTE))
                await asyncio.sleep(0.1)
        finally:
            stopped = True

    with pytest.raises(DiskFull):
        await guard.guard(work)
    assert stopped
    (state, *_) = await guard.disks()
    assert state.free_bytes > 16 * MEBIBYTE


async def test_cancelling_stops_the_work(guard: DiskGuard) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    task = asyncio.create_task(guard.guard(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped.is_set()
