"""Images and containers on the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, suppress

import docker
import pytest

from tests.engine.fixture_types import LABEL, MakeContext
from tests.engine.records import collect
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import Conflict, InvalidRequest, NotFound


@pytest.fixture
async def built(engine: DockerEngine, make_context: MakeContext, tag: str) -> str:
    """The name of a small image; it is its own LABEL."""
    context = make_context({"Dockerfile": "FROM scratch\nCOPY x /\n", "x": tag})
    await collect(
        engine.build(context, tag=tag, dockerfile="Dockerfile", build_args={}, labels={LABEL: tag})
    )
    return tag


@pytest.fixture
def client(docker_host: str) -> Iterator[docker.APIClient]:
    """Another client of the engine, to make what the engine is to have."""
    with closing(docker.APIClient(base_url=docker_host, version="auto")) as client:
        yield client


@pytest.fixture
def container(client: docker.APIClient, base_image: str, unique: str) -> Iterator[str]:
    """The id of a running container with a label and a volume named like the label."""
    created = client.create_container(
        base_image,
        ["sleep", "300"],
        labels={LABEL: unique},
        name=f"tljh-envbuilder-test-{unique}",
        host_config=client.create_host_config(binds={unique: "/home"}, init=True),
    )
    client.start(created)
    yield created["Id"]
    with suppress(docker.errors.NotFound):
        client.remove_container(created, force=True)
    with suppress(docker.errors.NotFound):
        client.remove_volume(unique)


async def test_an_image_is_found_by_name_and_by_id(engine: DockerEngine, built: str) -> None:
    image = await engine.image(built)

    assert image is not None
    assert await engine.image(image.id) == image


@pytest.mark.parametrize("name", ["tljh-envbuilder-test-absent:1", "not a name", "../info"])
async def test_an_absent_image_is_none(engine: DockerEngine, name: str) -> None:
    assert await engine.image(name) is None


async def test_images_are_found_by_their_labels(engine: DockerEngine, built: str) -> None:
    by_value = await engine.images({LABEL: built})
    by_name = await engine.images({LABEL: ""})

    assert [image.tags for image in by_value] == [(built,)]
    assert by_value[0] in by_name
    assert await engine.images({LABEL: built, "other": "label"}) == []


async def test_an_image_can_have_a_further_name(engine: DockerEngine, built: str) -> None:
    await engine.tag_image(built, "127.0.0.1:5000/tljh-envbuilder-test:further")

    image = await engine.image("127.0.0.1:5000/tljh-envbuilder-test:further")
    assert image is not None
    assert built in image.tags


async def test_an_absent_image_cannot_have_a_further_name(engine: DockerEngine) -> None:
    with pytest.raises(NotFound, match="is not on the engine"):
        await engine.tag_image("tljh-envbuilder-test-absent:1", "tljh-envbuilder-test-absent:2")


async def test_an_image_cannot_have_just_any_name(engine: DockerEngine, built: str) -> None:
    with pytest.raises(InvalidRequest):
        await engine.tag_image(built, "Not A Name")


async def test_a_removed_image_is_gone(engine: DockerEngine, built: str) -> None:
    await engine.remove_image(built)

    assert await engine.image(built) is None


@pytest.mark.parametrize("name", ["tljh-envbuilder-test-absent:1", "not a name"])
async def test_removing_an_absent_image_is_not_an_error(engine: DockerEngine, name: str) -> None:
    await engine.remove_image(name)


async def test_an_image_that_a_container_uses_is_not_removed(
    engine: DockerEngine, client: docker.APIClient, built: str
) -> None:
    container = client.create_container(built, ["true"])["Id"]

    with pytest.raises(
        Conflict, match=f"^Image '{built}' cannot be removed: container {container[:12]}"
    ):
        await engine.remove_image(built)

    client.remove_container(container)


async def test_containers_are_found_by_their_labels(
    engine: DockerEngine, container: str, base_image: str, unique: str
) -> None:
    (found,) = await engine.containers({LABEL: unique})
    image = await engine.image(base_image)

    assert image is not None
    assert (found.id, found.running, found.image_id) == (container, True, image.id)
    assert found.name == f"tljh-envbuilder-test-{unique}"
    assert found.labels[LABEL] == unique


async def test_a_stopped_container_is_still_listed(
    engine: DockerEngine, container: str, unique: str
) -> None:
    await engine.stop_container(container)
    await engine.stop_container(container)

    (found,) = await engine.containers({LABEL: unique})
    assert not found.running


async def test_a_running_container_is_removed_only_by_force(
    engine: DockerEngine, container: str, unique: str
) -> None:
    with pytest.raises(Conflict):
        await engine.remove_container(container)

    await engine.remove_container(container, force=True)

    assert await engine.containers({LABEL: unique}) == []


async def test_several_may_remove_a_container_at_once(
    engine: DockerEngine, container: str, unique: str
) -> None:
    await asyncio.gather(*(engine.remove_container(container, force=True) for _ in range(4)))

    assert await engine.containers({LABEL: unique}) == []


async def test_stopping_and_removing_what_is_absent_is_not_an_error(engine: DockerEngine) -> None:
    await engine.stop_container("tljh-envbuilder-test-absent")
    await engine.remove_container("tljh-envbuilder-test-absent", force=True)
