"""When repositories are looked at: planned, due, and never forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import AddEnvironment, PublishBuild
from tljh_envbuilder.errors import EnvironmentNotFound
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import BuildStatus, Trigger
from tljh_envbuilder.models.environment import EnvironmentChange, Schedule
from tljh_envbuilder.store.moves import Due
from tljh_envbuilder.store.store import Store

NOW = utc_now()
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def settle(add: AddEnvironment, publish: PublishBuild) -> Any:
    """Adds an environment whose first build is done."""

    async def settle(name: str, schedule: Schedule = Schedule.NEVER) -> None:
        await add(name, schedule=schedule)
        await publish(name)

    return settle


async def due(store: Store, at: datetime = LATER, limit: int = 9) -> list[str]:
    return [each.name for each in await store.moves.due(at, limit=limit)]


async def looked(store: Store, what: Due, **fields: Any) -> None:
    settings: dict[str, Any] = {"error": None, "next_at": None, "settled": True, **fields}
    await store.moves.looked(what, NOW, **settings)


async def test_an_environment_without_a_schedule_is_never_due(store: Store, settle: Any) -> None:
    await settle("maths")
    assert await store.moves.unplanned() == []
    assert await due(store) == []


async def test_a_schedule_is_planned_once_and_then_due(store: Store, settle: Any) -> None:
    await settle("maths", Schedule.HOURLY)
    assert await store.moves.unplanned() == [("maths", Schedule.HOURLY)]
    await store.moves.plan("maths", NOW)
    await store.moves.plan("maths", LATER)
    assert await store.moves.unplanned() == []
    assert await due(store, NOW - timedelta(seconds=1)) == []
    assert await due(store, NOW) == ["maths"]


async def test_the_most_overdue_come_first(store: Store, settle: Any) -> None:
    for number, name in enumerate(("c", "a", "b")):
        await settle(name, Schedule.DAILY)
        await store.moves.plan(name, NOW + timedelta(minutes=number))
    assert await due(store) == ["c", "a", "b"]
    assert await due(store, limit=2) == ["c", "a"]
    assert [each.name for each in await store.moves.due(LATER, limit=9, exclude={"c"})] == [
        "a",
        "b",
    ]


async def test_nothing_is_due_while_a_build_is_queued_or_runs(
    store: Store, add: AddEnvironment, publish: PublishBuild
) -> None:
    await add("maths", schedule=Schedule.HOURLY)
    await store.moves.plan("maths", NOW)
    assert await due(store) == []
    (build,) = await store.builds.active()
    await store.builds.update(build.id, status=BuildStatus.BUILDING)
    assert await due(store) == []
    await publish("maths")
    assert await due(store) == ["maths"]


async def test_a_look_is_kept_and_the_next_one_planned(store: Store, settle: Any) -> None:
    await settle("maths", Schedule.HOURLY)
    await store.moves.plan("maths", NOW)
    await looked(store, Due("maths", None), error="No answer.", next_at=LATER)
    environment = await store.environments.get("maths")
    assert (environment.checked_at, environment.check_error) == (NOW, "No answer.")
    assert await due(store, NOW) == []
    assert await due(store, LATER) == ["maths"]


async def test_a_push_is_due_at_once_whatever_the_schedule(store: Store, settle: Any) -> None:
    for schedule in Schedule:
        await settle(schedule.value, schedule)
        await store.moves.pushed(schedule.value, NOW)
    assert sorted(await due(store, NOW)) == ["daily", "hourly", "never"]
    await looked(store, Due("never", NOW))
    assert sorted(await due(store, LATER)) == ["daily", "hourly"]


async def test_a_push_during_a_look_is_due_after_it(store: Store, settle: Any) -> None:
    await settle("maths")
    await store.moves.pushed("maths", NOW)
    (first,) = await store.moves.due(NOW, limit=1)
    await store.moves.pushed("maths", NOW + timedelta(microseconds=1))
    await looked(store, first, next_at=LATER)
    assert await due(store, NOW + timedelta(seconds=1)) == ["maths"]


async def test_a_push_that_could_not_be_looked_at_stays(store: Store, settle: Any) -> None:
    await settle("maths")
    await store.moves.pushed("maths", NOW)
    await looked(store, Due("maths", NOW), error="No answer.", next_at=LATER, settled=False)
    assert await due(store, NOW) == []
    assert [each.pushed_at for each in await store.moves.due(LATER, limit=1)] == [NOW]


@pytest.mark.parametrize(
    "change",
    [{"ref": "dev"}, {"repo_url": "https://example.org/else"}, {"schedule": "daily"}],
)
async def test_another_repository_is_planned_anew(
    store: Store, settle: Any, change: dict[str, str]
) -> None:
    await settle("maths", Schedule.HOURLY)
    await looked(store, Due("maths", None), error="No answer.", next_at=LATER)
    environment = await store.environments.change("maths", EnvironmentChange(**change))
    assert environment.check_error is None
    assert [name for name, _ in await store.moves.unplanned()] == ["maths"]


async def test_other_changes_leave_the_plan_alone(store: Store, settle: Any) -> None:
    await settle("maths", Schedule.HOURLY)
    await looked(store, Due("maths", None), error="No answer.", next_at=LATER)
    change = EnvironmentChange(description="new", schedule=Schedule.HOURLY)
    environment = await store.environments.change("maths", change)
    assert environment.check_error == "No answer."
    assert await store.moves.unplanned() == []


async def test_a_schedule_that_ends_is_not_due(store: Store, settle: Any) -> None:
    await settle("maths", Schedule.HOURLY)
    await store.moves.plan("maths", NOW)
    await store.environments.change("maths", EnvironmentChange(schedule=Schedule.NEVER))
    assert await due(store) == []
    await store.moves.plan("maths", NOW)  # a plan that was made just before
    assert await due(store) == []


async def test_what_was_tried_last_for_a_ref_is_known(
    store: Store, settle: Any, publish: PublishBuild
) -> None:
    await settle("maths")
    assert await store.moves.attempted("maths", "HEAD") is None
    for ref, commit in (("HEAD", "a" * 40), ("v1", "b" * 40), ("HEAD", None)):
        build = await store.builds.add(
            "maths", ref=ref, resolved_ref=commit, trigger=Trigger.SCHEDULE, requested_by="ada"
        )
        assert build.resolved_ref == commit
        await store.builds.update(build.id, status=BuildStatus.FAILED)
    assert await store.moves.attempted("maths", "HEAD") == "a" * 40
    assert await store.moves.attempted("maths", "v1") == "b" * 40


async def test_what_is_being_deleted_is_neither_due_nor_has_a_webhook(
    store: Store, settle: Any
) -> None:
    await settle("maths", Schedule.HOURLY)
    await settle("physics", Schedule.HOURLY)
    await store.moves.plan("maths", NOW)
    await store.moves.keep_webhook_secret("maths", b"secret", replace=False)
    for name in ("maths", "physics"):
        await store.environments.mark_deleting(name)
    assert await due(store) == []
    assert await store.moves.unplanned() == []
    assert await store.moves.webhook_secret("maths") is None
    for change in (
        store.moves.pushed("maths", NOW),
        store.moves.plan("maths", NOW),
        looked(store, Due("maths", None)),
        store.moves.keep_webhook_secret("maths", b"new", replace=True),
    ):
        with pytest.raises(EnvironmentNotFound):
            await change


async def test_a_secret_is_kept_until_it_is_replaced(store: Store, settle: Any) -> None:
    await settle("maths")
    assert await store.moves.webhook_secret("maths") is None
    assert await store.moves.keep_webhook_secret("maths", b"one", replace=False) == b"one"
    assert await store.moves.keep_webhook_secret("maths", b"two", replace=False) == b"one"
    assert await store.moves.keep_webhook_secret("maths", b"two", replace=True) == b"two"
    assert await store.moves.webhook_secret("maths") == b"two"


async def test_plans_outlive_the_service(
    store: Store, settle: Any, database_url: str, tmp_path: Path
) -> None:
    await settle("maths", Schedule.HOURLY)
    await looked(store, Due("maths", None), next_at=LATER)
    await store.moves.pushed("maths", NOW)
    again = Store(database_url=database_url)
    await again.open(tmp_path)
    assert [each.pushed_at for each in await again.moves.due(NOW, limit=1)] == [NOW]
    assert (await again.environments.get("maths")).checked_at == NOW
    await again.close()
