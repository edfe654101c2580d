"""Whose images a build may start from, by what their labels say."""

from __future__ import annotations

import pytest

from tljh_envbuilder.builds.bases import Bases
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import BuildFailed
from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.environment import Environment, EnvironmentRequest, Visibility
from tljh_envbuilder.models.labels import BUILD, ENVIRONMENT, INSTALLATION
from tljh_envbuilder.store.store import Store

PRIVATE = Visibility()


async def add(
    store: Store, name: str, owner: str, visibility: Visibility = PRIVATE
) -> tuple[Environment, Build]:
    request = EnvironmentRequest(name=name, repo_url="https://x.org/y", visibility=visibility)
    return await store.environments.add(request, owner=owner)


def image_of(store: Store, build: Build) -> Image:
    """As it comes from a registry, where it may outlive its environment."""
    labels = {
        INSTALLATION: store.installation,
        ENVIRONMENT: build.environment,
        BUILD: str(build.id),
    }
    return Image(id="sha256:1", size=1, labels=labels)


async def may_start_from(store: Store, image: Image, environment: Environment) -> bool:
    try:
        await Bases(engine=DockerEngine(), store=store).require_allowed("x", image, environment)
    except BuildFailed:
        return False
    return True


@pytest.mark.parametrize(
    ("owner", "visibility", "allowed"),
    [
        ("ada", PRIVATE, True),
        ("bob", PRIVATE, False),
        ("bob", Visibility(users=["ada"]), False),
        ("bob", Visibility(everyone=True), True),
    ],
)
async def test_images_of_others_are_bases_if_they_are_for_everyone(
    store: Store, owner: str, visibility: Visibility, allowed: bool
) -> None:
    _, build = await add(store, "exam", owner, visibility)
    mine, _ = await add(store, "mine", "ada")

    assert await may_start_from(store, image_of(store, build), mine) is allowed


async def test_an_environment_starts_from_its_own_images(
    store: Store,
) -> None:
    exam, build = await add(store, "exam", "ada")

    assert await may_start_from(store, image_of(store, build), exam)


async def test_who_takes_the_name_of_an_environment_that_is_gone_gets_none_of_its_images(
    store: Store,
) -> None:
    _, build = await add(store, "exam", "bob")
    image = image_of(store, build)
    await store.environments.delete("exam")
    taken, _ = await add(store, "exam", "mallory", Visibility(everyone=True))
    other, _ = await add(store, "other", "mallory")

    assert not await may_start_from(store, image, taken)
    assert not await may_start_from(store, image, other)


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30])
async def test_an_image_of_no_build_is_nobodys(store: Store, number: str) -> None:
    exam, build = await add(store, "exam", "ada")
    image = image_of(store, build)
    image = image.model_copy(update={"labels": {**image.labels, BUILD: number}})

    assert not await may_start_from(store, image, exam)


async def test_an_image_of_somebody_else_is_for_all(store: Store) -> None:
    mine, _ = await add(store, "mine", "ada")
    labels = {INSTALLATION: "another", ENVIRONMENT: "exam", BUILD: "1"}

    for image in (Image(id="sha256:1", size=1), Image(id="sha256:1", size=1, labels=labels)):
        assert await may_start_from(store, image, mine)
