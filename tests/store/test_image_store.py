"""Which images the builds in the database need, on each database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.store.conftest import AddEnvironment, PublishBuild
from tljh_envbuilder.errors import Conflict
from tljh_envbuilder.models.build import Build, BuildStatus, RegistryImage, Trigger
from tljh_envbuilder.store.store import Store

Builds = list[Build]


@pytest.fixture
async def builds(store: Store, add: AddEnvironment, publish: PublishBuild) -> Builds:
    """Four successful builds of an environment; the last one is current."""
    await add("maths")
    published = [await publish("maths")]
    for _ in range(3):
        await queue(store)
        published.append(await publish("maths"))
    return published


async def queue(store: Store) -> Build:
    return await store.builds.add("maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada")


async def expired(store: Store, *, keep: int, used: set[str] | None = None) -> list[int]:
    given_up = await store.images.expire(keep=keep, used=used or set())
    return [image.build_id for image in given_up]


async def needed(store: Store) -> dict[int, str | None]:
    return {image.build_id: image.image_id for image in await store.images.needed()}


async def test_the_latest_stay(store: Store, builds: Builds) -> None:
    assert await expired(store, keep=3) == [builds[0].id]
    assert await expired(store, keep=1) == [builds[1].id, builds[2].id]
    assert await expired(store, keep=1) == []
    assert await needed(store) == {builds[3].id: builds[3].image_id}


async def test_what_brings_older_ones_back_takes_nobodys_place(
    store: Store, builds: Builds, publish: PublishBuild
) -> None:
    returns = []
    for _ in range(3):
        await store.builds.restore(builds[0], requested_by="ada")
        returns.append(await publish("maths"))

    assert await expired(store, keep=2) == [builds[0].id, builds[1].id, returns[0].id]


async def test_only_what_is_asked_for_is_told_of_images_that_were_given_up(
    store: Store, builds: Builds
) -> None:
    place = RegistryImage(name="x.org/a", digest=f"sha256:{'1' * 64}")
    for build in builds[:2]:
        await store.builds.update(build.id, registry_image=place)
    await expired(store, keep=2)

    given_up = await store.images.given_up([builds[0].id, builds[3].id])
    assert [image.build_id for image in given_up] == [builds[0].id]
    assert given_up[0].reference == place.reference
    other = f"x.org/b@{place.digest}"
    assert await store.images.given_up_references([place.reference, other]) == {place.reference}
    assert await store.images.given_up_references([]) == set()
    assert await store.images.given_up([]) == []


async def test_a_place_in_a_registry_is_left_to_the_last_environment_that_needs_it(
    store: Store, builds: Builds, add: AddEnvironment, publish: PublishBuild
) -> None:
    shared, own = (RegistryImage(name=f"x.org/{n}", digest=f"sha256:{'1' * 64}") for n in "ab")
    await add("physics")
    physics = await publish("physics")
    await store.builds.update(builds[3].id, registry_image=shared)
    await store.builds.update(builds[0].id, registry_image=own)
    await store.builds.update(physics.id, registry_image=shared)

    assert await store.images.references("maths") == [own.reference]
    await store.environments.delete("physics")
    assert await store.images.references("maths") == [shared.reference, own.reference]


async def test_the_current_one_stays(store: Store, builds: Builds) -> None:
    await store.environments.set_current_build("maths", builds[0].id)

    assert await expired(store, keep=1) == [builds[1].id, builds[2].id]


async def test_used_ones_stay(store: Store, builds: Builds) -> None:
    used = {str(builds[0].image_id), str(builds[1].image_id)}

    assert await expired(store, keep=1, used=used) == [builds[2].id]
    assert await expired(store, keep=1) == [builds[0].id, builds[1].id]


async def test_builds_without_an_image_do_not_count(store: Store, builds: Builds) -> None:
    failed = await queue(store)
    await store.builds.update(failed.id, status=BuildStatus.FAILED)

    assert await expired(store, keep=2) == [builds[0].id, builds[1].id]


async def test_a_build_says_when_its_image_was_given_up(store: Store, builds: Builds) -> None:
    await expired(store, keep=3)

    build = await store.builds.get(builds[0].id)
    assert build.image_removed_at is not None
    assert build.image_removed_at >= build.created_at
    assert (build.image, build.image_id) == (builds[0].image, builds[0].image_id)
    assert (await store.builds.get(builds[1].id)).image_removed_at is None


async def test_a_build_that_may_get_an_image_is_needed(store: Store, builds: Builds) -> None:
    queued = await queue(store)
    assert (await needed(store))[queued.id] is None

    await store.builds.update(queued.id, status=BuildStatus.CANCELLED)
    assert queued.id not in await needed(store)


async def test_all_builds_count_for_the_disk_but_only_images_that_are_there(
    store: Store, builds: Builds, add: AddEnvironment
) -> None:
    await add("physics", owner="bob")
    await expired(store, keep=3)

    of_ada = await store.images.of_owner("ada")
    assert {image.environment for image in of_ada} == {"maths"}
    assert [image.image_id for image in sorted(of_ada, key=lambda image: image.build_id)] == [
        None,
        *(build.image_id for build in builds[1:]),
    ]
    assert {image.environment for image in await store.images.of_owner(None)} == {
        "maths",
        "physics",
    }


async def test_a_rollback_and_a_cleaning_at_once_leave_no_current_build_without_an_image(
    store: Store, builds: Builds
) -> None:
    rolled_back, given_up = await asyncio.gather(
        store.environments.set_current_build("maths", builds[0].id),
        store.images.expire(keep=1, used=()),
        return_exceptions=True,
    )

    current = (await store.environments.get("maths")).current_build
    assert current is not None
    assert current.image_removed_at is None
    assert not isinstance(given_up, BaseException)
    lost = [image.build_id for image in given_up]
    assert isinstance(rolled_back, Conflict) == (builds[0].id in lost)


async def test_an_installation_keeps_its_id(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    again = Store(database_url=database_url)
    await again.open(tmp_path)
    assert again.installation == store.installation
    assert len(store.installation) == 32
    await again.close()
