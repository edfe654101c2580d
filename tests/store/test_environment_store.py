"""Environments in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone

import pytest
from sqlalchemy import Engine, event

from tests.store.conftest import AddEnvironment, PublishBuild
from tljh_envbuilder.errors import Conflict, EnvironmentNotFound, NameTaken
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Build, BuildStatus, Trigger
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import (
    EnvironmentChange,
    EnvironmentRequest,
    EnvironmentStatus,
    Visibility,
)
from tljh_envbuilder.store.store import Store

REPO_URL = "https://example.org/team/repository"

BuildOf = Callable[..., Awaitable[Build]]

HOSTILE_TEXTS = ["\0", "a\0b", "\ud800", "\\", "'; DROP TABLE builds; --", "é" * 300, "\n", "/"]


async def names(store: Store, **query: object) -> list[str]:
    environments, total = await store.environments.list(**{"viewer": None, **query})  # type: ignore[arg-type]
    assert total == len(environments)
    return [environment.name for environment in environments]


async def test_an_environment_is_added_together_with_its_first_build(store: Store) -> None:
    request = EnvironmentRequest(
        name="maths",
        repo_url=REPO_URL,
        ref="v1",
        display_name="Mathématiques ∑",
        description="Two\nlines",
        visibility=Visibility(users=["bob", "ada"], groups=["staff"]),
        mem_limit=2**33,
        cpu_limit=1.5,
        profiles=["Small"],
        build_args={"KEY": "value"},
    )

    environment, build = await store.environments.add(request, owner="ada")

    assert environment.last_build == build
    assert environment.current_build is None
    assert environment.status is EnvironmentStatus.QUEUED
    assert environment.visibility == Visibility(users=["ada", "bob"], groups=["staff"])
    assert (build.status, build.trigger) == (BuildStatus.QUEUED, Trigger.ADD)
    assert (build.ref, build.requested_by) == ("v1", "ada")
    kept = environment.model_dump(include=set(EnvironmentRequest.model_fields) - {"visibility"})
    assert kept == request.model_dump(exclude={"visibility"})
    assert await store.environments.get("maths") == environment


async def test_an_environment_without_a_display_name_shows_its_name(add: AddEnvironment) -> None:
    assert (await add("maths")).display_name == "maths"


async def test_times_come_back_in_utc(store: Store, add: AddEnvironment) -> None:
    created = (await add("maths")).created_at

    read = (await store.environments.get("maths")).created_at

    assert read == created
    assert read.tzinfo == timezone.utc
    assert utc_now() - read < timedelta(minutes=1)


async def test_a_name_is_taken_once(store: Store, add: AddEnvironment) -> None:
    await add("maths")

    with pytest.raises(NameTaken):
        await add("maths")

    assert await store.queue.length() == 1


async def test_of_many_adds_of_one_name_at_once_one_wins(store: Store, add: AddEnvironment) -> None:
    results = await asyncio.gather(*(add("maths") for _ in range(10)), return_exceptions=True)

    assert sum(isinstance(result, NameTaken) for result in results) == 9
    assert await names(store) == ["maths"]
    assert await store.queue.length() == 1


@pytest.mark.parametrize("name", ["absent", "", *HOSTILE_TEXTS])
async def test_what_is_no_environment_is_not_found(store: Store, name: str) -> None:
    with pytest.raises(EnvironmentNotFound):
        await store.environments.get(name)
    with pytest.raises(EnvironmentNotFound):
        await store.environments.change(name, EnvironmentChange())
    assert not await store.environments.visible(name, Caller(name="ada"))
    await store.environments.delete(name)


class TestVisibility:
    @pytest.fixture(autouse=True)
    async def environments(self, add: AddEnvironment) -> None:
        await add("for-everyone")
        await add("for-bob", visibility=Visibility(users=["bob"]))
        await add("for-staff", visibility=Visibility(groups=["staff"]))
        await add("for-both", visibility=Visibility(users=["bob"], groups=["staff"]))
        await add("for-nobody", visibility=Visibility())

    @pytest.mark.parametrize(
        ("viewer", "expected"),
        [
            (Caller(name="ada"), "both bob everyone nobody staff"),
            (Caller(name="bob"), "both bob everyone"),
            (Caller(name="Bob"), "everyone"),
            (Caller(name="eve"), "everyone"),
            (Caller(name="eve", groups={"staff"}), "both everyone staff"),
            (Caller(name="bob", groups={"staff", "other"}), "both bob everyone staff"),
            # A group's name is not a user's, nor the other way round.
            (Caller(name="staff", groups={"bob"}), "everyone"),
            (Caller(name="eve", scopes={Scope.BUILD.value}), "everyone"),
            (Caller(name="eve", scopes={Scope.ADMIN.value}), "both bob everyone nobody staff"),
            (Caller(name="a%", groups={"%", "_"}), "everyone"),
            (None, "both bob everyone nobody staff"),
        ],
    )
    async def test_everybody_sees_what_is_for_them(
        self, store: Store, viewer: Caller | None, expected: str
    ) -> None:
        seen = sorted(f"for-{name}" for name in expected.split())

        assert await names(store, viewer=viewer) == seen
        if viewer is not None:
            for name in await names(store):
                assert await store.environments.visible(name, viewer) == (name in seen)

    async def test_a_search_does_not_show_more(self, store: Store) -> None:
        assert await names(store, viewer=Caller(name="eve"), q="for-") == ["for-everyone"]

    async def test_a_change_shows_and_hides(self, store: Store) -> None:
        change = EnvironmentChange(visibility=Visibility(users=["eve"], groups=["staff"]))

        changed = await store.environments.change("for-both", change)

        assert changed.visibility == change.visibility
        assert await names(store, viewer=Caller(name="eve")) == ["for-both", "for-everyone"]
        assert await names(store, viewer=Caller(name="bob")) == ["for-bob", "for-everyone"]


class TestSearch:
    @pytest.fixture(autouse=True)
    async def environments(self, add: AddEnvironment) -> None:
        await add("percent", display_name="100% sure")
        await add("underscore", description="snake_case")
        await add("unicode", display_name="École", description="Große Straße")
        await add("address", repo_url="https://forge.example/Astronomy")
        await add("backslash", description="C:\\temp")

    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("100%", ["percent"]),
            ("%", ["percent"]),
            ("_", ["underscore"]),
            ("SNAKE_", ["underscore"]),
            ("snakexcase", []),
            ("ÉCOLE", ["unicode"]),
            ("STRASSE", ["unicode"]),
            ("astronomy", ["address"]),
            ("ADDRESS", ["address"]),
            ("\\temp", ["backslash"]),
            ("nothing like it", []),
        ],
    )
    async def test_finds_a_part_of_any_text_in_any_case(
        self, store: Store, q: str, expected: list[str]
    ) -> None:
        assert await names(store, q=q) == expected

    @pytest.mark.parametrize("q", HOSTILE_TEXTS)
    async def test_takes_any_text(self, store: Store, q: str) -> None:
        await names(store, q=q)

    async def test_finds_what_has_changed(self, store: Store) -> None:
        await store.environments.change("percent", EnvironmentChange(description="Galaxies"))

        assert await names(store, q="galaxies") == ["percent"]


async def test_pages_are_in_the_order_of_display_name_and_name(
    store: Store, add: AddEnvironment
) -> None:
    await add("z", display_name="apples")
    await add("a", display_name="Pears")
    for name in ("d", "c", "b"):
        await add(name, display_name="Oranges")

    pages = []
    for offset in (0, 2, 4, 6):
        page, total = await store.environments.list(viewer=None, limit=2, offset=offset)
        assert total == 5
        pages.append([environment.name for environment in page])

    assert pages == [["z", "b"], ["c", "d"], ["a"], []]


async def test_launchable_is_what_has_a_current_build(
    store: Store, add: AddEnvironment, publish: PublishBuild
) -> None:
    await add("built")
    await add("queued")
    await publish("built")
    await store.builds.add("built", ref=None, trigger=Trigger.REBUILD, requested_by="ada")

    assert await names(store, launchable=True) == ["built"]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)


async def test_a_page_of_500_takes_as_many_queries_as_a_page_of_one(
    store: Store, add: AddEnvironment, publish: PublishBuild
) -> None:
    for number in range(500):
        await add(f"e{number}", visibility=Visibility(users=["bob"], groups=["staff"]))
    await publish("e7")
    viewer = Caller(name="bob", groups=frozenset({"staff"}))

    counts = []
    for limit in (1, 500):
        with counted_statements() as statements:
            page, total = await store.environments.list(viewer=viewer, limit=limit)
        counts.append(len(statements))
        assert (len(page), total) == (limit, 500)

    assert counts[0] == counts[1]
    assert counts[1] <= 4


async def test_a_change_touches_only_what_was_sent(store: Store, add: AddEnvironment) -> None:
    before = await add("maths", mem_limit=2**30, cpu_limit=1.0, profiles=["Small"])

    after = await store.environments.change(
        "maths", EnvironmentChange(mem_limit=None, description="New", build_args={"A": "1"})
    )

    expected = {"mem_limit": None, "description": "New", "build_args": {"A": "1"}}
    assert after == before.model_copy(update=expected)
    assert await store.environments.get("maths") == after


async def test_changes_at_once_are_all_kept(store: Store, add: AddEnvironment) -> None:
    await add("maths")
    changes = [
        EnvironmentChange(description="galaxies"),
        EnvironmentChange(display_name="Stars"),
        EnvironmentChange(visibility=Visibility(users=["bob", "eve"])),
        EnvironmentChange(visibility=Visibility(users=["bob"], groups=["staff"])),
        EnvironmentChange(visibility=Visibility(everyone=True)),
        EnvironmentChange(mem_limit=2**30),
    ]

    await asyncio.gather(*(store.environments.change("maths", change) for change in changes * 3))

    environment = await store.environments.get("maths")
    assert (environment.description, environment.display_name) == ("galaxies", "Stars")
    assert environment.mem_limit == 2**30
    assert environment.visibility in [change.visibility for change in changes if change.visibility]
    assert await names(store, q="galaxies") == await names(store, q="stars") == ["maths"]


async def test_what_is_read_while_it_changes_is_of_one_moment(
    store: Store, add: AddEnvironment
) -> None:
    await add("maths")
    some = EnvironmentChange(visibility=Visibility(users=["bob"]))
    everyone = EnvironmentChange(visibility=Visibility(everyone=True))

    async def change() -> None:
        for change in [some, everyone] * 20:
            await store.environments.change("maths", change)

    changing = asyncio.create_task(change())
    while not changing.done():
        environment = await store.environments.get("maths")
        assert environment.visibility in (some.visibility, everyone.visibility)


class TestCurrentBuild:
    async def test_can_be_an_older_one(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths")
        first = await publish("maths")
        await store.builds.add("maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada")
        second = await publish("maths")
        assert (await store.environments.get("maths")).current_build == second

        environment = await store.environments.set_current_build("maths", first.id)

        assert (environment.current_build, environment.last_build) == (first, second)
        assert await store.environments.get("maths") == environment

    async def test_can_be_set_again(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths")
        build = await publish("maths")

        environment = await store.environments.set_current_build("maths", build.id)

        assert environment.current_build == build

    async def test_is_a_successful_build_of_the_environment_itself(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        current = await publish((await add("maths")).name)
        failed = await store.builds.add(
            "maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada"
        )
        await store.builds.update(failed.id, status=BuildStatus.FAILED)
        other = await publish((await add("physics")).name)

        for build_id in (failed.id, other.id, 4711, 2**63 - 1):
            with pytest.raises(Conflict):
                await store.environments.set_current_build("maths", build_id)

        assert (await store.environments.get("maths")).current_build == current

    async def test_is_one_whoever_sets_it_at_the_same_time(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths")
        first = await publish("maths")
        second = await store.builds.add(
            "maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada"
        )

        await asyncio.gather(
            *(store.environments.set_current_build("maths", first.id) for _ in range(5)),
            store.builds.finish(second.id),
            *(store.environments.set_current_build("maths", first.id) for _ in range(5)),
        )

        current = (await store.environments.get("maths")).current_build
        assert current is not None
        assert current.id in (first.id, second.id)


@pytest.mark.parametrize(
    ("has_current", "last", "expected"),
    [
        (False, BuildStatus.QUEUED, "queued"),
        (False, BuildStatus.FETCHING, "building"),
        (False, BuildStatus.PUSHING, "building"),
        (False, BuildStatus.FAILED, "failed"),
        (False, BuildStatus.CANCELLED, "failed"),
        (True, BuildStatus.QUEUED, "queued"),
        (True, BuildStatus.CHECKING, "building"),
        (True, BuildStatus.FAILED, "ready"),
        (True, BuildStatus.CANCELLED, "ready"),
        (True, None, "ready"),
    ],
)
async def test_the_status_is_what_a_person_wants_to_know_first(
    store: Store,
    add: AddEnvironment,
    publish: PublishBuild,
    has_current: bool,
    last: BuildStatus | None,
    expected: str,
) -> None:
    build = (await add("maths")).last_build
    if has_current:
        await publish("maths")
        if last is not None:
            build = await store.builds.add(
                "maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada"
            )
    if last is not None:
        assert build is not None
        await store.builds.update(build.id, status=last)

    assert (await store.environments.get("maths")).status.value == expected


class TestWaitingBuild:
    """Of an environment whose builds are published by hand."""

    @pytest.fixture
    def build(self, store: Store, add: AddEnvironment) -> BuildOf:
        """The next build, which ends so."""

        async def build(status: BuildStatus = BuildStatus.BUILT) -> Build:
            try:
                environment = await store.environments.get("maths")
            except EnvironmentNotFound:
                environment = await add("maths", publish="manual")
            queued = environment.last_build
            if queued is None or queued.status.has_ended:
                queued = await store.builds.add(
                    "maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada"
                )
            if status is BuildStatus.BUILT:
                return await store.builds.finish(queued.id)
            return await store.builds.update(queued.id, status=status)

        return build

    @pytest.mark.parametrize(
        ("later", "status"),
        [
            (BuildStatus.FAILED, "unpublished"),
            (BuildStatus.CANCELLED, "unpublished"),
            (BuildStatus.QUEUED, "queued"),
            (BuildStatus.BUILDING, "building"),
        ],
    )
    async def test_still_waits_after_what_came_to_no_image(
        self, store: Store, build: BuildOf, later: BuildStatus, status: str
    ) -> None:
        waiting = await build()
        last = await build(later)

        environment = await store.environments.get("maths")

        assert (environment.waiting_build, environment.current_build) == (waiting, None)
        assert environment.last_build is not None
        assert environment.last_build.id == last.id
        assert environment.status.value == status
        for each in EnvironmentStatus:
            expected = ["maths"] if each is environment.status else []
            assert await names(store, status=each) == expected

    async def test_is_what_publishing_takes_until_it_is_published(
        self, store: Store, build: BuildOf
    ) -> None:
        assert await store.environments.latest_built("maths") is None
        older, waiting = await build(), await build()
        await build(BuildStatus.FAILED)
        assert (await store.environments.set_current_build("maths", older.id)).waiting_build == (
            waiting
        )
        assert await store.environments.latest_built("maths") == waiting.id

        environment = await store.environments.set_current_build("maths", waiting.id)

        assert environment.waiting_build is None
        assert await store.environments.latest_built("maths") == waiting.id
        newer = await build()
        assert (await store.environments.get("maths")).waiting_build == newer

    async def test_is_none_that_brings_an_older_one_back_also_after_a_restart_of_the_service(
        self, store: Store, build: BuildOf
    ) -> None:
        old = await build()
        waiting = await build()
        detail = await store.builds.get(old.id)
        restored = await store.builds.restore(detail, requested_by="ada")
        assert (await store.queue.put_back(restored.id)).trigger is Trigger.RESUME
        await store.builds.finish(restored.id)

        environment = await store.environments.get("maths")

        assert environment.waiting_build == waiting
        assert environment.last_build is not None
        assert environment.last_build.id == restored.id

    async def test_is_none_where_users_get_builds_at_once(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths")
        assert (await store.environments.get("maths")).waiting_build is None
        await publish("maths")
        assert (await store.environments.get("maths")).waiting_build is None

    async def test_of_a_copy_is_its_own(
        self, store: Store, build: BuildOf, publish: PublishBuild
    ) -> None:
        origin = await build()
        request = EnvironmentRequest(name="copy", repo_url=REPO_URL, publish="manual")
        await store.environments.add(request, owner="bob", origin=origin)
        copied = await publish("copy")

        assert (await store.environments.get("copy")).waiting_build == copied
        assert (await store.environments.get("maths")).waiting_build == origin


class TestDeletion:
    async def test_that_has_begun_hides_the_environment_and_keeps_its_name(
        self, store: Store, add: AddEnvironment
    ) -> None:
        await add("maths")
        await store.environments.mark_deleting("maths")

        assert await names(store) == []
        assert not await store.environments.visible("maths", Caller(name="ada"))
        assert await store.environments.deleting() == ["maths"]
        assert await store.queue.next() is None
        with pytest.raises(NameTaken):
            await add("maths")
        for attempt in (
            store.environments.get("maths"),
            store.environments.change("maths", EnvironmentChange()),
            store.environments.set_current_build("maths", 1),
            store.environments.mark_deleting("maths"),
            store.builds.add("maths", ref="main", trigger=Trigger.REBUILD, requested_by="ada"),
        ):
            with pytest.raises(EnvironmentNotFound):
                await attempt

    async def test_still_knows_builds_and_images(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths")
        built = await publish("maths")
        failed = await store.builds.add(
            "maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada"
        )
        await store.builds.update(failed.id, status=BuildStatus.FAILED)
        await store.environments.mark_deleting("maths")

        assert await store.environments.build_ids("maths") == [built.id, failed.id]
        assert await store.environments.images("maths") == ([built.image], [built.image_id])

    async def test_leaves_nothing_and_frees_the_name(
        self, store: Store, add: AddEnvironment, publish: PublishBuild
    ) -> None:
        await add("maths", visibility=Visibility(users=["bob"]))
        await publish("maths")
        other = await add("physics")
        await store.environments.mark_deleting("maths")
        [removed] = await store.environments.build_ids("maths")

        await store.environments.delete("maths")

        assert await store.environments.build_ids("maths") == []
        assert await store.environments.deleting() == []
        again = await add("maths", visibility=Visibility())
        assert again.current_build is None
        assert again.last_build is not None
        assert again.last_build.id != removed
        assert not await store.environments.visible("maths", Caller(name="bob"))
        assert await store.environments.get("physics") == other

    async def test_is_begun_by_one_of_many(self, store: Store, add: AddEnvironment) -> None:
        await add("maths")

        results = await asyncio.gather(
            *(store.environments.mark_deleting("maths") for _ in range(5)), return_exceptions=True
        )

        assert results.count(None) == 1
        assert sum(isinstance(result, EnvironmentNotFound) for result in results) == 4
