"""Many repositories to look at: spread over the time, a few at once, and none forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.environments import moves as module
from tljh_envbuilder.environments.moves import Moves
from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Build, Trigger
from tljh_envbuilder.models.environment import Environment, EnvironmentRequest, Schedule
from tljh_envbuilder.store.schema import EnvironmentRow
from tljh_envbuilder.store.store import Store


class CountingRebuilder:
    """Takes its time, and counts how many of its looks there are at once."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, Trigger]] = []
        self.most = 0
        self.error: Exception | None = None
        self._now = 0

    async def rebuild_if_moved(self, environment: Environment, trigger: Trigger) -> Build | None:
        self.looks.append((environment.name, trigger))
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.1)
        self._now -= 1
        if self.error is not None:
            raise self.error
        return None

    async def has_begun(self) -> bool:
        return self.looks != []


async def _none(found: Awaitable[list[Any]]) -> bool:
    return await found == []


async def _says(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return text in caplog.text


@pytest.fixture
def rebuilder() -> CountingRebuilder:
    return CountingRebuilder()


@pytest.fixture
async def moves(store: Store, rebuilder: CountingRebuilder) -> AsyncIterator[Moves]:
    moves = Moves(store=store, rebuilder=rebuilder, changes=Changes(), concurrency=3)
    yield moves
    await moves.stop()


async def add(store: Store, name: str, schedule: Schedule = Schedule.NEVER) -> None:
    """An environment whose first build is done."""
    url = f"https://example.org/team/{name}"
    request = EnvironmentRequest(name=name, repo_url=url, schedule=schedule)
    _, build = await store.environments.add(request, owner="ada")
    await store.builds.finish(build.id, image=f"{name}:1", image_id=f"sha256:{build.id}")


async def set_schedule(store: Store, schedule: str) -> None:
    """As a program does that does not ask whether there is such a schedule."""
    changed = update(EnvironmentRow).values(schedule=schedule)
    await store.moves.database.write(lambda session: session.execute(changed))


async def eventually(what: Callable[[], Awaitable[Any]]) -> None:
    for _ in range(1200):
        if await what():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within 60 s")


async def test_first_looks_are_spread_over_the_interval(store: Store, moves: Moves) -> None:
    for number in range(200):
        await add(store, f"env-{number}", Schedule.HOURLY)
    began = utc_now()
    await moves.start()
    await eventually(lambda: _none(store.moves.unplanned()))
    until = [
        len(await store.moves.due(began + timedelta(minutes=6 * tenth), limit=1000))
        for tenth in range(12)
    ]
    in_each_tenth = [until[tenth + 1] - until[tenth] for tenth in range(11)]
    assert until[-1] == 200
    assert max(in_each_tenth) < 50


async def test_a_few_are_looked_at_at_once_and_none_is_forgotten(
    store: Store, moves: Moves, rebuilder: CountingRebuilder
) -> None:
    names = {f"env-{number}" for number in range(12)}
    for name in names:
        await add(store, name, Schedule.DAILY)
        await store.moves.plan(name, utc_now() - timedelta(days=2))
    pushed = [f"pushed-{number}" for number in range(12)]
    for name in pushed:
        await add(store, name)
    await moves.start()
    answers = await asyncio.gather(*[moves.pushed(name) for name in pushed])
    assert set(answers) == {None}
    await eventually(lambda: _none(store.moves.due(utc_now(), limit=1)))
    assert sorted(rebuilder.looks) == sorted(
        [(name, Trigger.SCHEDULE) for name in names] + [(name, Trigger.WEBHOOK) for name in pushed]
    )
    assert rebuilder.most == 3


async def test_what_a_look_comes_to_is_kept_whatever_it_is(
    store: Store, moves: Moves, rebuilder: CountingRebuilder, caplog: pytest.LogCaptureFixture
) -> None:
    await add(store, "maths")
    for error, kept in (
        (FetchFailed("No answer."), "No answer."),
        (RuntimeError("a mistake of ours"), "service's log"),
    ):
        rebuilder.error = error
        answer = await moves.pushed("maths")
        assert answer is not None
        assert kept in answer.message
        assert kept in str((await store.environments.get("maths")).check_error)
    rebuilder.error = None
    assert await moves.pushed("maths") is None
    assert (await store.environments.get("maths")).check_error is None


@pytest.mark.parametrize(("minutes", "is_tried_again"), [(0, True), (59, True), (61, False)])
async def test_a_push_is_tried_again_for_an_hour(
    store: Store, moves: Moves, rebuilder: CountingRebuilder, minutes: int, is_tried_again: bool
) -> None:
    await add(store, "maths")
    rebuilder.error = FetchFailed("No answer.")
    await store.moves.pushed("maths", utc_now() - timedelta(minutes=minutes))
    await moves.start()
    await eventually(lambda: _none(store.moves.due(utc_now(), limit=1)))
    assert len(rebuilder.looks) == 1
    again = await store.moves.due(utc_now() + timedelta(hours=1), limit=1)
    assert bool(again) is is_tried_again


async def test_a_look_that_is_stopped_is_due_again(
    store: Store, moves: Moves, rebuilder: CountingRebuilder
) -> None:
    await add(store, "maths")
    looking = asyncio.create_task(moves.pushed("maths"))
    await eventually(rebuilder.has_begun)
    await moves.stop()
    await asyncio.gather(looking, return_exceptions=True)
    assert [due.name for due in await store.moves.due(utc_now(), limit=1)] == ["maths"]


async def test_a_look_that_comes_to_nothing_holds_up_no_other_one(
    store: Store,
    moves: Moves,
    rebuilder: CountingRebuilder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 3600.0)
    monkeypatch.setattr(module, "POLL_INTERVAL", 0.01)

    async def delete_meanwhile(environment: Environment, trigger: Trigger) -> None:
        await store.environments.delete(environment.name)

    with monkeypatch.context() as patched:
        patched.setattr(rebuilder, "rebuild_if_moved", delete_meanwhile)
        await moves.start()
        await add(store, "gone")
        # The look is the push's own, or the watcher has begun it just before.
        await asyncio.gather(moves.pushed("gone"), return_exceptions=True)
        await eventually(lambda: _says(caplog, "of gone came to nothing"))
    await asyncio.sleep(0.2)  # in which the database is asked again

    await add(store, "maths")
    await store.moves.pushed("maths", utc_now())
    await eventually(lambda: _looked(rebuilder, "maths"))


async def _looked(rebuilder: CountingRebuilder, name: str) -> bool:
    return name in {looked_at for looked_at, _ in rebuilder.looks}


async def test_an_error_that_nobody_expected_ends_no_looks(
    store: Store, moves: Moves, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 0.01)
    await add(store, "maths", Schedule.DAILY)
    await set_schedule(store, "weekly")
    await moves.start()
    await eventually(lambda: _says(caplog, "Looking at repositories waits"))
    await set_schedule(store, "daily")
    await eventually(lambda: _none(store.moves.unplanned()))
