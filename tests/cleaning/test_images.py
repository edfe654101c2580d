"""Which images go and which stay, on a real engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import docker
import pytest

from dev.own_engine import OwnEngine
from dev.registry import Registry
from tests.cleaning.conftest import Installation, build_image
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.cleaner import Cleaner
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import Conflict
from tljh_envbuilder.models.build import BuildStatus, RegistryImage
from tljh_envbuilder.models.labels import BUILD, ENVIRONMENT, INSTALLATION
from tljh_envbuilder.store.store import Store


async def test_the_latest_builds_keep_their_images(cleaner: Cleaner, ours: Installation) -> None:
    builds = [await ours.built() for _ in range(4)]

    cleaned = await cleaner.clean()

    assert [await ours.has_image(build) for build in builds] == [False, False, True, True]
    assert [await ours.is_given_up(build) for build in builds] == [True, True, False, False]
    names = [ours.names.of_build("maths", build.id) for build in builds[:2]]
    assert set(cleaned.images) == {*names, *(build.image for build in builds[:2])}


async def test_a_second_cleaning_finds_nothing(cleaner: Cleaner, ours: Installation) -> None:
    for _ in range(3):
        await ours.built()
    await cleaner.clean()

    assert (await cleaner.clean()).images == []


async def test_environments_do_not_count_for_each_other(
    cleaner: Cleaner, ours: Installation
) -> None:
    builds = [await ours.built(name) for name in ["maths", "physics"] * 2]

    await cleaner.clean()

    assert all([await ours.has_image(build) for build in builds])


async def test_the_current_build_keeps_its_image_however_old(
    cleaner: Cleaner, ours: Installation
) -> None:
    builds = [await ours.built() for _ in range(2)]
    await ours.store.environments.set_current_build("maths", builds[0].id)
    builds += [await ours.built() for _ in range(3)]
    await ours.store.environments.set_current_build("maths", builds[0].id)

    await cleaner.clean()

    assert [await ours.has_image(build) for build in builds] == [True, False, False, True, True]


async def test_a_build_without_its_image_cannot_become_current(
    cleaner: Cleaner, ours: Installation
) -> None:
    first, *_ = [await ours.built() for _ in range(3)]
    await cleaner.clean()

    reason = rf"^The image of build {first.id} was removed on .* to save space: build .* again\.$"
    with pytest.raises(Conflict, match=reason):
        await ours.store.environments.set_current_build("maths", first.id)


@pytest.mark.parametrize("started", [True, False])
async def test_the_image_of_a_server_stays_as_long_as_the_server(
    cleaner: Cleaner,
    ours: Installation,
    client: docker.DockerClient,
    base_image: str,
    prefix: str,
    started: bool,
) -> None:
    ours.base = base_image
    first = await ours.built()
    own_tag = ours.names.of_build("maths", first.id)
    server = client.containers.create(own_tag, ["sleep", "300"], name=prefix.strip("/"), init=True)
    if started:
        server.start()
    ours.base = "scratch"
    for _ in range(3):
        await ours.built()

    await cleaner.clean()
    assert await ours.has_image(first)
    assert not await ours.is_given_up(first)
    assert first.image in client.images.get(own_tag).tags

    server.remove(force=True)
    await cleaner.clean()
    assert not await ours.has_image(first)
    assert await ours.is_given_up(first)


async def test_an_image_of_two_builds_goes_with_the_second(
    cleaner: Cleaner, ours: Installation
) -> None:
    first = await ours.built()
    again = await ours.queued()
    own_tags = [ours.names.of_build("maths", build.id) for build in (first, again)]
    await ours.engine.tag_image(*own_tags)
    again = await ours.finish(again)
    assert again.image_id == first.image_id
    await ours.built()
    cleaner.keep_builds = 2

    await cleaner.clean()
    assert await ours.is_given_up(first)
    assert await ours.has_image(again)

    await ours.built()
    await cleaner.clean()
    assert not await ours.has_image(first)
    assert not await ours.has_image(again)
    assert await ours.engine.image(str(first.image_id)) is None


async def test_an_image_that_a_person_has_named_stays(cleaner: Cleaner, ours: Installation) -> None:
    first = await ours.built()
    # The second as it is called that is to be pushed by hand.
    keepsakes = {f"{ours.names.prefix}keepsake:1", "registry.example.org/hub/maths:2025"}
    for keepsake in keepsakes:
        await ours.engine.tag_image(ours.names.of_build("maths", first.id), keepsake)
    for _ in range(2):
        await ours.built()

    await cleaner.clean()

    assert not await ours.has_image(first)
    image = await ours.engine.image(str(first.image_id))
    assert image is not None
    assert set(image.tags) == keepsakes
    await ours.engine.remove_image(image.id, force=True)


@pytest.mark.parametrize("status", [BuildStatus.FAILED, BuildStatus.CANCELLED])
async def test_the_image_of_a_build_that_came_to_nothing_goes(
    cleaner: Cleaner, ours: Installation, status: BuildStatus
) -> None:
    build = await ours.queued()
    await ours.image_of(build)
    await ours.end(build, status)

    await cleaner.clean()

    assert not await ours.has_image(build)


@pytest.mark.parametrize("status", [BuildStatus.FAILED, BuildStatus.CANCELLED])
async def test_the_pulled_image_of_a_build_that_came_to_nothing_goes(
    cleaner: Cleaner, ours: Installation, status: BuildStatus
) -> None:
    build = await ours.queued()
    own = ours.names.of_build("maths", build.id)
    image_id = await build_image(ours.engine, own, base="scratch", labels={})
    await ours.store.builds.update(build.id, image_id=image_id)
    assert (await cleaner.clean()).images == []  # it runs

    await ours.store.builds.end(build.id, status, error="No.")
    assert (await cleaner.clean()).images == [own]
    assert await ours.engine.image(image_id) is None


async def test_a_build_that_came_to_nothing_takes_no_image_that_another_service_has_named_so(
    cleaner: Cleaner, ours: Installation
) -> None:
    build = await ours.queued()
    await ours.store.builds.update(build.id, image_id=f"sha256:{'0' * 64}")
    ended, _ = await ours.store.builds.end(build.id, BuildStatus.FAILED, error="No.")
    assert (ended.image_id, ended.image_removed_at) == (None, None)
    theirs = ours.names.of_build("maths", build.id)
    await build_image(ours.engine, theirs, base="scratch", labels={})

    assert (await cleaner.clean()).images == []


async def test_the_image_of_a_build_that_runs_stays(cleaner: Cleaner, ours: Installation) -> None:
    build = await ours.queued()
    await ours.image_of(build)
    published = ours.names.published("maths", "abcdefg")
    await ours.engine.tag_image(ours.names.of_build("maths", build.id), published)
    await ours.store.builds.update(build.id, status=BuildStatus.CHECKING)

    assert (await cleaner.clean()).images == []

    assert await ours.has_image(build)


async def test_an_image_that_a_build_is_about_to_use_again_stays(
    cleaner: Cleaner, ours: Installation
) -> None:
    first, *_ = [await ours.built() for _ in range(3)]
    again = await ours.queued()
    own_tags = [ours.names.of_build("maths", build.id) for build in (first, again)]
    await ours.engine.tag_image(*own_tags)

    await cleaner.clean()

    assert await ours.has_image(again)


async def test_an_image_that_a_running_build_has_not_named_yet_stays(
    cleaner: Cleaner, ours: Installation
) -> None:
    build = await ours.queued()
    unnamed = await ours.image_of(build)
    await ours.image_of(build)

    assert (await cleaner.clean()).images == []

    assert await ours.engine.image(unnamed) is not None


async def test_an_image_that_lost_one_of_its_names_stays(
    cleaner: Cleaner, ours: Installation
) -> None:
    build = await ours.built()
    await ours.engine.remove_image(ours.names.of_build("maths", build.id))

    assert (await cleaner.clean()).images == []

    assert await ours.engine.image(str(build.image)) is not None


async def test_an_image_that_lost_its_names_to_a_resumed_build_goes(
    cleaner: Cleaner, ours: Installation
) -> None:
    build = await ours.queued()
    lost = await ours.image_of(build)
    kept = await ours.image_of(build)
    await ours.finish(build)

    assert (await cleaner.clean()).images == [lost]

    assert await ours.engine.image(lost) is None
    assert await ours.engine.image(kept) is not None


async def test_the_image_of_a_build_that_nobody_remembers_goes(
    cleaner: Cleaner, ours: Installation
) -> None:
    build = await ours.built()
    await ours.store.environments.delete("maths")

    await cleaner.clean()

    assert not await ours.has_image(build)


async def test_even_an_image_that_nobody_remembers_stays_while_a_server_uses_it(
    cleaner: Cleaner, ours: Installation, client: docker.DockerClient, prefix: str
) -> None:
    build = await ours.built()
    own_tag = ours.names.of_build("maths", build.id)
    server = client.containers.create(own_tag, ["x"], name=prefix.strip("/"))
    await ours.store.environments.delete("maths")

    assert (await cleaner.clean()).images == []
    assert set(client.images.get(own_tag).tags) == {own_tag, build.image}

    server.remove()
    assert set((await cleaner.clean()).images) == {own_tag, build.image}


async def test_images_of_another_service_stay(
    cleaner: Cleaner, ours: Installation, tmp_path: Path
) -> None:
    other_store = Store()
    (tmp_path / "other").mkdir()
    await other_store.open(tmp_path / "other")
    # Even with the same names.
    theirs = Installation(other_store, ours.engine, ours.names)
    images = [await theirs.image_of(await theirs.queued("physics"))]
    unlabelled = f"{ours.names.prefix}maths:build-7"
    images.append(await build_image(ours.engine, unlabelled, base="scratch", labels={}))
    for _ in range(3):
        await ours.built()

    await cleaner.clean()

    for image in images:
        assert await ours.engine.image(image) is not None
    assert (await ours.engine.image(images[0])).labels[INSTALLATION] != ours.store.installation
    await other_store.close()


async def test_an_environment_whose_builds_lost_images_has_changed(
    cleaner: Cleaner, ours: Installation, changes: Changes
) -> None:
    for _ in range(3):
        await ours.built()

    async with changes.listen() as news:
        await cleaner.clean()
        change = await anext(news)

    assert (change.event.type, change.event.environment) == ("environment", "maths")


async def test_labels_that_make_no_sense_do_no_harm(
    cleaner: Cleaner, ours: Installation, engine: DockerEngine
) -> None:
    for number, build in enumerate(["", "x", "-1", "9" * 30]):
        labels = {INSTALLATION: ours.store.installation, ENVIRONMENT: "maths", BUILD: build}
        tag = ours.names.of_build("maths", f"x{number}")
        await build_image(engine, tag, base="scratch", labels=labels)
    kept = await ours.built()

    await cleaner.clean()

    assert await ours.has_image(kept)


async def test_one_image_that_cannot_go_now_keeps_no_other_one(
    cleaner: Cleaner, ours: Installation, client: docker.DockerClient, base_image: str, prefix: str
) -> None:
    ours.base = base_image
    first, second = [await ours.pulled(name) for name in ("maths", "physics")]
    ours.base = "scratch"
    for name in ("maths", "physics"):
        await ours.built(name)
        await ours.built(name)
    # One that starts from the last name at this moment: it is on no list of containers yet.
    await ours.store.images.expire(keep=2, used=())
    server = client.containers.create(str(first.image_id), ["x"], name=prefix.strip("/"))

    cleaned = await cleaner.clean()

    assert await ours.engine.image(str(first.image_id)) is not None
    assert not await ours.has_image(second)
    assert set(cleaned.images) >= {second.image, ours.names.of_build("physics", second.id)}

    server.remove()
    await cleaner.clean()
    assert await ours.engine.image(str(first.image_id)) is None


async def test_an_engine_that_is_away_keeps_nobody_from_cleaning_the_other(
    cleaner_on: Callable[..., Cleaner], ours: Installation
) -> None:
    failed = await ours.queued()
    await ours.image_of(failed)
    await ours.end(failed, BuildStatus.FAILED)
    builds = [await ours.built() for _ in range(4)]
    away = DockerEngine(docker_host="unix:///nowhere.sock")
    cleaned = await cleaner_on(ours.engine, away).clean()
    await away.close()
    assert cleaned.images == [ours.names.of_build("maths", failed.id)]
    assert not await ours.is_given_up(builds[0]), "a server may use it there"


async def test_the_name_that_a_killed_push_of_a_copy_has_left_does_not_keep_the_image(
    cleaner: Cleaner, ours: Installation
) -> None:
    original = await ours.built()
    copied = await ours.queued("copy")
    own_tags = [ours.names.of_build(build.environment, build.id) for build in (original, copied)]
    await ours.engine.tag_image(*own_tags)
    pushed = "registry.example.org/hub/copy:0000001"
    await ours.engine.tag_image(own_tags[0], pushed)
    await ours.store.environments.delete("maths")

    assert (await cleaner.clean()).images == []  # it is still being pushed

    await ours.end(copied, BuildStatus.FAILED)
    cleaned = await cleaner.clean()
    assert set(cleaned.images) == {pushed, original.image, *own_tags}
    assert await ours.engine.image(str(original.image_id)) is None


async def test_what_was_pulled_by_its_digest_goes_with_its_build(
    cleaner: Cleaner,
    ours: Installation,
    client: docker.DockerClient,
    registry: Registry,
    prefix: str,
) -> None:
    login = {"username": registry.username, "password": registry.password}
    references = []
    for build in [await ours.pulled() for _ in range(3)]:
        there = f"{registry.address}/{prefix}maths"
        client.images.get(str(build.image_id)).tag(there, str(build.id))
        told = client.images.push(there, str(build.id), auth_config=login, stream=True, decode=True)
        [digest] = [each["aux"]["Digest"] for each in told if "aux" in each]
        image = RegistryImage(name=there, digest=digest)
        await ours.store.builds.update(build.id, registry_image=image)
        client.images.remove(str(build.image_id), force=True)
        client.images.pull(image.reference, auth_config=login)
        references.append(image.reference)
    assert [await ours.engine.image(each) is not None for each in references] == [True] * 3

    cleaned = await cleaner.clean()

    assert cleaned.images == [references[0]]
    assert [await ours.engine.image(each) is not None for each in references] == [
        *(False, True, True)
    ]
    for each in references[1:]:
        await ours.engine.remove_image(each)


@pytest.mark.long
async def test_images_go_from_the_engine_of_the_servers_too(
    ours: Installation,
    own_engine: OwnEngine,
    docker_host: str,
    cleaner_on: Callable[..., Cleaner],
    base_image: str,
    prefix: str,
) -> None:
    ours.base = base_image
    builds = [await ours.built() for _ in range(4)]
    own_tags = [ours.names.of_build("maths", build.id) for build in builds]
    for tag in own_tags:
        own_engine.copy_image(tag, docker_host)
    elsewhere = DockerEngine(docker_host=own_engine.address)
    cleaner = cleaner_on(ours.engine, elsewhere)
    with closing(docker.DockerClient(own_engine.address)) as servers:
        server = servers.containers.create(own_tags[0], ["x"], name=prefix.strip("/"))
        try:
            await cleaner.clean()
            for engine in (ours.engine, elsewhere):
                has = [await engine.image(tag) is not None for tag in own_tags]
                assert has == [True, False, True, True]
            assert not await ours.is_given_up(builds[0])
        finally:
            server.remove()
        await cleaner.clean()
        assert await elsewhere.image(own_tags[0]) is None
        for tag in own_tags[2:]:
            await elsewhere.remove_image(tag)
    await elsewhere.close()
