"""The list of environments in each order, and those of one status or owner, on each database."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.store.conftest import AddEnvironment, PublishBuild
from tljh_envbuilder.models.build import BuildStatus, Trigger
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import EnvironmentSort, EnvironmentStatus, Visibility
from tljh_envbuilder.store.store import Store

#: What each environment has come to, in the order in which they are added.
OWNERS = {"e": "zoe", "d": "ada", "c": "zoe", "b": "ada", "a": "bob"}


@pytest.fixture
async def store(store: Store, add: AddEnvironment, publish: PublishBuild) -> Store:
    """Five environments: `e` and `b` are ready, `d` failed, `c` is building, `a` waits."""
    for name, owner in OWNERS.items():
        await add(name, owner=owner, visibility=Visibility(everyone=name != "b"))
    await publish("e")
    await publish("b")
    await end(store, "d", BuildStatus.FAILED)
    await end(store, "c", BuildStatus.CHECKING)
    return store


async def end(store: Store, name: str, status: BuildStatus) -> None:
    build = (await store.environments.get(name)).last_build
    assert build is not None
    await store.builds.update(build.id, status=status)


async def names(store: Store, viewer: Caller | None = None, **query: object) -> str:
    environments, total = await store.environments.list(viewer=viewer, **query)  # type: ignore[arg-type]
    assert total == len(environments)
    return "".join(environment.name for environment in environments)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", "abcde"),
        ("-name", "edcba"),
        ("created", "edcba"),
        ("-created", "abcde"),
        # What has no current build is last, whatever the order.
        ("built", "ebacd"),
        ("-built", "beacd"),
        ("owner", "bdace"),
        ("-owner", "ceabd"),
        # queued, building, ready, failed
        ("status", "acbed"),
        ("-status", "dbeca"),
    ],
)
async def test_the_order_is_what_was_asked_for_and_equal_ones_by_name(
    store: Store, sort: str, expected: str
) -> None:
    order = EnvironmentSort(sort)
    assert await names(store, sort=order) == expected
    pages = [
        (await store.environments.list(viewer=None, sort=order, limit=2, offset=offset))[0]
        for offset in (0, 2, 4)
    ]
    assert "".join(each.name for page in pages for each in page) == expected


@pytest.mark.parametrize(
    ("status", "expected"), [("queued", "a"), ("building", "c"), ("ready", "be"), ("failed", "d")]
)
async def test_those_of_a_status_are_those_that_show_it(
    store: Store, status: str, expected: str
) -> None:
    wanted = EnvironmentStatus(status)
    environments, total = await store.environments.list(viewer=None, status=wanted, limit=1)
    assert (total, len(environments)) == (len(expected), 1)
    assert await names(store, status=wanted) == expected
    everything, _ = await store.environments.list(viewer=None)
    assert expected == "".join(each.name for each in everything if each.status is wanted)


async def test_a_rebuild_changes_the_status_and_not_when_it_was_built(store: Store) -> None:
    await store.builds.add("e", ref=None, trigger=Trigger.REBUILD, requested_by="zoe")
    assert await names(store, status=EnvironmentStatus.READY) == "b"
    assert await names(store, status=EnvironmentStatus.QUEUED) == "ae"
    assert await names(store, sort=EnvironmentSort.BUILT) == "ebacd"
    await end(store, "e", BuildStatus.CANCELLED)
    assert await names(store, status=EnvironmentStatus.READY) == "be"


async def test_those_of_an_owner_are_found_by_the_whole_name(store: Store) -> None:
    assert await names(store, owner="zoe") == "ce"
    assert await names(store, owner="zoe", status=EnvironmentStatus.READY) == "e"
    for owner in ["zo", "ZOE", "z%", "", "\0", "\ud800", "'; --"]:
        assert await names(store, owner=owner) == ""


@pytest.mark.parametrize("sort", list(EnvironmentSort))
async def test_no_order_and_no_choice_shows_what_one_may_not_see(
    store: Store, sort: EnvironmentSort
) -> None:
    stranger = Caller(name="stranger", scopes=frozenset({Scope.BUILD.value}))
    assert "b" not in await names(store, stranger, sort=sort)
    assert await names(store, stranger, sort=sort, owner="ada") == "d"
    assert await names(store, stranger, sort=sort, status=EnvironmentStatus.READY) == "e"


async def test_what_is_being_deleted_is_in_no_list(store: Store) -> None:
    await store.environments.mark_deleting("e")
    assert await names(store, status=EnvironmentStatus.READY) == "b"
    assert await names(store, owner="zoe", sort=EnvironmentSort.STATUS) == "c"


async def test_no_more_rows_are_loaded_than_are_shown(store: Store) -> None:
    loaded: list[str] = []

    def note(_cursor: object, context: object) -> None:
        loaded.append(type(context).__name__)

    from tljh_envbuilder.store.schema import EnvironmentRow

    event.listen(EnvironmentRow, "load", note)
    try:
        for sort in EnvironmentSort:
            await store.environments.list(viewer=None, sort=sort, limit=1)
    finally:
        event.remove(EnvironmentRow, "load", note)
    assert len(loaded) == len(EnvironmentSort)


async def test_image_sizes_are_those_of_images_that_are_still_there(
    store: Store, publish: PublishBuild
) -> None:
    assert await store.environments.image_sizes("a") == []
    assert await store.environments.image_sizes("e") == [None]
    for size in (5, 7):
        build = await store.builds.add("e", ref=None, trigger=Trigger.REBUILD, requested_by="zoe")
        await store.builds.finish(
            build.id, image="e:2", image_id=f"sha256:size-{size}", image_size=size
        )
    again = await store.builds.add("e", ref=None, trigger=Trigger.REBUILD, requested_by="zoe")
    await store.builds.finish(again.id, image="e:2", image_id="sha256:size-7", image_size=7)
    assert sorted(await store.environments.image_sizes("e"), key=str) == [5, 7, None]
    await store.images.expire(keep=1, used=[])
    assert await store.environments.image_sizes("e") == [7]
