"""Builds and their steps in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.store.conftest import AddEnvironment, PublishBuild
from tljh_envbuilder.errors import (
    BuildEnded,
    BuildInProgress,
    BuildNotFound,
    EnvironmentNotFound,
)
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import (
    ACTIVE,
    ENDED,
    RUNNING,
    Build,
    BuildStatus,
    ImageDetails,
    Step,
    StepStatus,
    Trigger,
)
from tljh_envbuilder.models.environment import (
    Environment,
    EnvironmentChange,
    EnvironmentRequest,
)
from tljh_envbuilder.store.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
DETAILS = ImageDetails(user="jo", uid=1000, gid=1000, home="/home/jo", jupyterhub_version="6.1")


async def rebuild(store: Store, name: str, *, ref: str | None = None) -> Build:
    return await store.builds.add(name, ref=ref, trigger=Trigger.REBUILD, requested_by="bob")


def running(step_id: str) -> Step:
    return Step(id=step_id, name=f"Step {step_id}", status=StepStatus.RUNNING, started_at=NOON)


@pytest.fixture
async def build(add: AddEnvironment) -> Build:
    """The first build of the environment `maths`, queued."""
    build = (await add("maths")).last_build
    assert build is not None
    return build


class TestAdding:
    async def test_takes_the_ref_of_the_environment_unless_another_is_named(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths", ref="main")
        await publish("maths")
        await store.environments.change("maths", EnvironmentChange(ref="v2"))

        own = await rebuild(store, "maths")
        await publish("maths")
        other = await rebuild(store, "maths", ref="v3")

        assert (own.ref, other.ref) == ("v2", "v3")
        assert (own.requested_by, own.trigger, own.no_cache) == ("bob", Trigger.REBUILD, False)

    async def test_is_made_from_what_the_environment_said_then(
        self, store: Store, build: Build
    ) -> None:
        change = EnvironmentChange(repo_url="https://git.example.org/other", build_args={"A": "b"})
        await store.environments.change("maths", change)

        queued = await store.builds.get(build.id)

        assert (queued.repo_url, queued.build_args) == (build.repo_url, {})
        assert queued.repo_url != "https://git.example.org/other"

    @pytest.mark.parametrize("status", sorted(ACTIVE))
    async def test_waits_for_the_active_build(
        self, store: Store, build: Build, status: BuildStatus
    ) -> None:
        await store.builds.update(build.id, status=status)

        with pytest.raises(BuildInProgress):
            await rebuild(store, "maths")

    @pytest.mark.parametrize("status", sorted(ENDED))
    async def test_follows_a_build_that_has_ended(
        self, store: Store, build: Build, status: BuildStatus
    ) -> None:
        await store.builds.update(build.id, status=status)

        assert (await rebuild(store, "maths")).id > build.id

    async def test_at_once_many_times_queues_one(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths")
        await publish("maths")

        results = await asyncio.gather(
            *(rebuild(store, "maths") for _ in range(10)), return_exceptions=True
        )

        assert sum(isinstance(result, BuildInProgress) for result in results) == 9
        assert await store.queue.length() == 1

    async def test_needs_an_environment(self, store: Store) -> None:
        for ref in (None, "main"):
            with pytest.raises(EnvironmentNotFound):
                await rebuild(store, "absent", ref=ref)


@pytest.mark.parametrize("build_id", [0, -1, 4711, 2**63, 10**30])
async def test_what_is_no_build_is_not_found(store: Store, build: Build, build_id: int) -> None:
    with pytest.raises(BuildNotFound):
        await store.builds.get(build_id)
    with pytest.raises(BuildNotFound):
        await store.builds.update(build_id, error="lost")
    with pytest.raises(BuildNotFound):
        await store.builds.finish(build_id)


async def test_builds_are_listed_newest_first(
    store: Store, add: AddEnvironment, publish: PublishBuild
) -> None:
    await add("physics")
    await add("maths")
    ids = [(await publish("maths")).id]
    for _ in range(4):
        await rebuild(store, "maths")
        ids.append((await publish("maths")).id)

    pages = []
    for offset in (0, 2, 4, 6):
        page, total = await store.builds.list("maths", limit=2, offset=offset)
        assert total == 5
        pages.append([build.id for build in page])

    ids.reverse()
    assert pages == [ids[:2], ids[2:4], ids[4:], []]


async def test_ids_are_never_used_again(store: Store, add: AddEnvironment) -> None:
    seen = []
    for _ in range(3):
        await add("maths")
        seen += await store.environments.build_ids("maths")
        await store.environments.delete("maths")

    assert seen == sorted(set(seen))
    assert len(seen) == 3


class TestQueue:
    async def test_is_in_order_of_arrival(self, store: Store, add: AddEnvironment) -> None:
        names = ["c", "a", "b"]
        ids = [(first_build(await add(name))).id for name in names]

        order: dict[str, int] = {}
        while (build := await store.queue.next(exclude_environments=list(order))) is not None:
            order[build.environment] = build.id

        assert list(order.values()) == ids
        assert await store.queue.length() == 3

    async def test_lets_builds_of_others_overtake_those_of_an_owner(
        self, store: Store, add: AddEnvironment
    ) -> None:
        await add("maths", owner="ada")
        physics = first_build(await add("physics", owner="bob"))

        assert await store.queue.next(exclude_owners=["ada"]) == physics
        assert await store.queue.next(exclude_owners=["ada", "bob"]) is None

    async def test_says_which_place_a_build_has(self, store: Store, add: AddEnvironment) -> None:
        first, second, third = [first_build(await add(name)) for name in ("c", "a", "b")]
        assert [build.position for build in (first, second, third)] == [1, 2, 3]

        started = await store.builds.update(first.id, status=BuildStatus.FETCHING)

        assert started.position is None
        assert (await store.builds.get(first.id)).position is None
        assert (await store.builds.get(second.id)).position == 1
        environments, _ = await store.environments.list(viewer=None)
        positions = {e.name: e.last_build.position for e in environments if e.last_build}
        assert positions == {"c": None, "a": 1, "b": 2}
        (build,), _ = await store.builds.list("b")
        assert build.position == 2

    async def test_has_what_is_queued_and_nothing_else(
        self, store: Store, add: AddEnvironment
    ) -> None:
        queued = first_build(await add("queued"))
        fetching = first_build(await add("fetching"))
        failed = first_build(await add("failed"))
        await store.builds.update(fetching.id, status=BuildStatus.FETCHING)
        await store.builds.update(failed.id, status=BuildStatus.FAILED)

        assert await store.queue.next() == queued
        assert await store.queue.next(exclude_environments={"queued"}) is None
        assert await store.queue.length() == 1
        assert [build.id for build in await store.builds.active()] == [queued.id, fetching.id]

    async def test_takes_back_what_was_running(self, store: Store, add: AddEnvironment) -> None:
        builds = {status: first_build(await add(status.value)) for status in sorted(BuildStatus)}
        for status, build in builds.items():
            await store.builds.update(build.id, status=status, started_at=NOON)

        requeued = await store.queue.take_back()

        assert [build.id for build in requeued] == sorted(builds[status].id for status in RUNNING)
        for build in requeued:
            assert (build.status, build.trigger) == (BuildStatus.QUEUED, Trigger.RESUME)
            assert build.started_at is None
            assert await store.builds.get(build.id) == (await store.builds.get(build.id))
        for status in ENDED:
            assert (await store.builds.get(builds[status].id)).status is status
        assert (await store.builds.get(builds[BuildStatus.QUEUED].id)).trigger is Trigger.ADD
        assert await store.queue.take_back() == []


def first_build(environment: Environment) -> Build:
    assert environment.last_build is not None
    return environment.last_build


class TestUpdating:
    async def test_keeps_every_field(self, store: Store, build: Build) -> None:
        fields = {
            "status": BuildStatus.CHECKING,
            "resolved_ref": "0" * 40,
            "inputs": "2" * 64,
            "image": "registry.example:5000/maths:0000000",
            "image_id": f"sha256:{'1' * 64}",
            "image_size": 2**40,
            "image_details": DETAILS,
            "buildpack": "python",
            "warnings": ["Größe: ∞", "line\nbreak"],
            "trigger": Trigger.WEBHOOK,
            "started_at": NOON.astimezone(timezone(timedelta(hours=5))),
            "finished_at": NOON + timedelta(microseconds=1),
            "error": "It did not work.",
        }

        updated = await store.builds.update(build.id, **fields)

        assert updated == build.model_copy(update={**fields, "position": None})
        detail = await store.builds.get(build.id)
        assert Build.model_validate(detail.model_dump(exclude={"steps"})) == updated
        assert detail.started_at is not None
        assert detail.started_at.tzinfo == timezone.utc

    async def test_refuses_fields_that_do_not_change(self, store: Store, build: Build) -> None:
        for field in ("id", "environment", "is_current", "created_at", "nonsense"):
            with pytest.raises(TypeError, match=field):
                await store.builds.update(build.id, **{field: 1})  # type: ignore[arg-type]

    async def test_refuses_times_without_a_zone(self, store: Store, build: Build) -> None:
        with pytest.raises(Exception, match="without a time zone"):
            await store.builds.update(build.id, started_at=datetime(2026, 1, 1))  # noqa: DTZ001

    @pytest.mark.parametrize("end", sorted(ENDED))
    async def test_leaves_the_status_of_what_has_ended(
        self, store: Store, build: Build, end: BuildStatus
    ) -> None:
        await store.builds.update(build.id, status=end)

        for status in set(BuildStatus) - {end}:
            with pytest.raises(BuildEnded):
                await store.builds.update(build.id, status=status, error="too late")
        if end is not BuildStatus.BUILT:
            with pytest.raises(BuildEnded):
                await store.builds.finish(build.id, image="late:1")

        assert (await store.builds.update(build.id, status=end, image_size=1)).status is end
        kept = await store.builds.get(build.id)
        assert (kept.status, kept.error, kept.image) == (end, None, None)

    async def test_takes_whatever_a_build_prints(self, store: Store, build: Build) -> None:
        hostile = "NUL \0, surrogate \ud800, line\r\nbreak, ∞"
        clean = "NUL \N{REPLACEMENT CHARACTER}, surrogate ?, line\r\nbreak, ∞"

        await store.builds.update(build.id, error=hostile, warnings=[hostile], buildpack=hostile)
        await store.builds.put_step(build.id, running("1").model_copy(update={"name": hostile}))

        kept = await store.builds.get(build.id)
        assert (kept.error, kept.buildpack, kept.steps[0].name) == (clean, clean, clean)
        assert kept.model_dump_json()


class TestPublishing:
    async def test_makes_the_build_current(self, store: Store, build: Build) -> None:
        before = utc_now()

        published = await store.builds.finish(
            build.id, image="maths:1", image_id="sha256:1", image_size=9, image_details=DETAILS
        )

        assert (published.status, published.image_details) == (BuildStatus.BUILT, DETAILS)
        assert published.finished_at is not None
        assert before <= published.finished_at <= utc_now()
        assert (await store.environments.get("maths")).current_build == published

    async def test_happens_once(self, store: Store, build: Build) -> None:
        await store.builds.finish(build.id, image="maths:1")

        with pytest.raises(BuildEnded):
            await store.builds.finish(build.id, image="maths:2")

        assert (await store.builds.get(build.id)).image == "maths:1"

    async def test_does_not_happen_to_a_build_that_was_cancelled(
        self, store: Store, build: Build, publish: PublishBuild
    ) -> None:
        current = await publish("maths")
        cancelled = await rebuild(store, "maths")
        await store.builds.update(cancelled.id, status=BuildStatus.CANCELLED)

        with pytest.raises(BuildEnded):
            await store.builds.finish(cancelled.id, image="maths:2")

        assert (await store.environments.get("maths")).current_build == current

    async def test_and_cancelling_at_once_have_one_winner(
        self, store: Store, add: AddEnvironment
    ) -> None:
        builds = [first_build(await add(f"e{number}")) for number in range(10)]

        async def cancel(build: Build) -> None:
            await store.builds.update(build.id, status=BuildStatus.CANCELLED)

        async def finish(build: Build) -> None:
            await store.builds.finish(build.id)

        for build in builds:
            results = await asyncio.gather(cancel(build), finish(build), return_exceptions=True)

            assert results.count(None) == 1
            assert sum(isinstance(result, BuildEnded) for result in results) == 1
            environment = await store.environments.get(build.environment)
            is_built = (await store.builds.get(build.id)).status is BuildStatus.BUILT
            assert (environment.current_build is not None) == is_built


class TestSteps:
    async def test_keep_the_order_in_which_they_were_first_seen(
        self, store: Store, build: Build
    ) -> None:
        for step_id in ("b", "a", "c"):
            await store.builds.put_step(build.id, running(step_id))
        done = Step(
            id="b", name="Renamed", status=StepStatus.DONE, started_at=NOON, finished_at=NOON
        )
        await store.builds.put_step(build.id, done)

        steps = (await store.builds.get(build.id)).steps

        assert steps == [done, running("a"), running("c")]

    async def test_of_two_builds_are_apart(self, store: Store, add: AddEnvironment) -> None:
        first, second = [first_build(await add(name)) for name in ("maths", "physics")]
        await store.builds.put_step(first.id, running("1"))
        await store.builds.put_step(second.id, running("1").model_copy(update={"cached": True}))

        assert not (await store.builds.get(first.id)).steps[0].cached
        assert (await store.builds.get(second.id)).steps[0].cached

    @pytest.mark.parametrize("status", [BuildStatus.FAILED, BuildStatus.CANCELLED])
    async def test_that_run_end_with_their_build(
        self, store: Store, build: Build, status: BuildStatus
    ) -> None:
        await store.builds.put_step(build.id, running("1"))
        done = running("2").model_copy(update={"status": StepStatus.DONE})
        await store.builds.put_step(build.id, done)
        await store.builds.put_step(build.id, running("3"))

        ended, steps = await store.builds.end(build.id, status, error="Why.")

        assert (ended.status, ended.error) == (status, "Why.")
        assert [(step.id, step.status.value, step.finished_at) for step in steps] == [
            ("1", status.value, ended.finished_at),
            ("3", status.value, ended.finished_at),
        ]
        assert (await store.builds.get(build.id)).steps == [steps[0], done, steps[1]]

    async def test_of_a_build_that_waits_again_do_not_run(self, store: Store, build: Build) -> None:
        await store.builds.update(build.id, status=BuildStatus.BUILDING, started_at=NOON)
        await store.builds.put_step(build.id, running("1"))

        waiting = await store.queue.put_back(build.id)

        assert (waiting.status, waiting.trigger) == (BuildStatus.QUEUED, Trigger.RESUME)
        assert waiting.started_at == NOON
        (step,) = (await store.builds.get(build.id)).steps
        assert step.status is StepStatus.CANCELLED

    @pytest.mark.parametrize("status", sorted(ENDED))
    async def test_that_come_after_the_end_are_refused(
        self, store: Store, build: Build, status: BuildStatus
    ) -> None:
        await store.builds.update(build.id, status=status)

        with pytest.raises(BuildEnded):
            await store.builds.put_step(build.id, running("1"))
        with pytest.raises(BuildEnded):
            await store.queue.put_back(build.id)
        with pytest.raises(BuildEnded):
            await store.builds.end(build.id, BuildStatus.CANCELLED, error="Too late.")
        assert (await store.builds.get(build.id)).status is status

    async def test_belong_to_a_build(self, store: Store) -> None:
        with pytest.raises(BuildNotFound):
            await store.builds.put_step(4711, running("1"))


class TestFindingAnEarlierBuild:
    async def test_from_the_same_inputs_finds_the_latest_success_of_that_environment(
        self, store: Store, add: AddEnvironment
    ) -> None:
        ids = []
        await add("maths")
        for number, inputs in enumerate("aab"):
            build = await rebuild(store, "maths") if number else (await store.builds.active())[0]
            await store.builds.update(build.id, inputs=inputs)
            await store.builds.finish(build.id, image=f"maths:{inputs}")
            ids.append(build.id)
        failed = await rebuild(store, "maths")
        await store.builds.update(failed.id, inputs="a", image="maths:a")
        await store.builds.end(failed.id, BuildStatus.FAILED, error="Why.")

        found = await store.builds.built_from("maths", "a")
        named = await store.builds.published_as("maths", "maths:a")

        assert found is not None
        assert found == named
        assert found.id == ids[1]
        assert await store.builds.built_from("physics", "a") is None
        assert await store.builds.built_from("maths", "c") is None


class TestManyAtOnce:
    async def test_fifty_writers_of_two_processes_and_readers_all_succeed(
        self, store: Store, database_url: str, tmp_path: Path, add: AddEnvironment
    ) -> None:
        # A second store has its own connections and knows nothing of the first one's lock.
        other = Store(database_url=database_url)
        await other.open(tmp_path)
        builds = [first_build(await add(f"e{number}")) for number in range(50)]

        async def run(store: Store, build: Build) -> None:
            for step_id in ("1", "2"):
                await store.builds.put_step(build.id, running(step_id))
                await store.builds.get(build.id)
            await store.builds.update(build.id, status=BuildStatus.FETCHING)
            await store.builds.finish(build.id)
            await store.environments.list(viewer=None)

        stores = [store, other] * 25
        await asyncio.gather(*map(run, stores, builds))
        await other.close()

        environments, _ = await store.environments.list(viewer=None, launchable=True)
        assert len(environments) == 50

    async def test_writers_that_are_cancelled_leave_the_others_undisturbed(
        self, store: Store, add: AddEnvironment
    ) -> None:
        build = first_build(await add("maths"))
        for delay in range(20):
            tasks = [
                asyncio.create_task(store.builds.put_step(build.id, running(f"{delay}-{number}")))
                for number in range(5)
            ]
            await asyncio.sleep(delay / 5000)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert not [r for r in results if isinstance(r, Exception)]

        await store.builds.finish(build.id)
        steps = {step.id for step in (await store.builds.get(build.id)).steps}
        assert {f"{delay}-{number}" for delay in range(20) for number in (1, 3)} <= steps


async def test_what_brings_a_build_back_is_found_by_each_that_does(
    store: Store, add: AddEnvironment, publish: PublishBuild
) -> None:
    await add("maths")
    old = await publish("maths")
    failed = await store.builds.restore(old, requested_by="ada")
    await store.builds.end(failed.id, BuildStatus.FAILED, error="It failed.")
    await store.builds.restore(old, requested_by="ada")
    first = await publish("maths")
    queued = await store.builds.restore(first, requested_by="ada")

    assert (queued.origin_build, queued.resolved_ref) == (old.id, old.resolved_ref)
    for build in (old, first, queued):
        found = await store.builds.returns_of(build)
        assert [each.id for each in found] == [queued.id, first.id, old.id]


async def test_a_copy_of_another_environment_brings_nothing_back(
    store: Store, add: AddEnvironment, publish: PublishBuild
) -> None:
    await add("maths")
    origin = await store.builds.update((await publish("maths")).id, resolved_ref="a" * 40)
    request = EnvironmentRequest(name="copy", repo_url="https://example.org/moved-since")
    _, copy = await store.environments.add(request, owner="bob", origin=origin)

    # It is of what the original is of, should that have to be made again.
    assert (copy.repo_url, copy.resolved_ref) == (origin.repo_url, "a" * 40)
    assert [each.id for each in await store.builds.returns_of(copy)] == [copy.id]
    assert [each.id for each in await store.builds.returns_of(origin)] == [origin.id]


@pytest.mark.parametrize("is_published", [True, False])
async def test_a_copy_of_what_is_published_need_not_be_published_by_hand(
    store: Store, add: AddEnvironment, publish: PublishBuild, is_published: bool
) -> None:
    await add("maths", publish="manual")
    origin = await publish("maths")
    if is_published:
        await store.environments.set_current_build("maths", origin.id)
    request = EnvironmentRequest(name="copy", repo_url="https://x.org/y", publish="manual")
    await store.environments.add(request, owner="bob", origin=origin)

    copied = await publish("copy")

    current = (await store.environments.get("copy")).current_build
    assert current == (copied if is_published else None)
