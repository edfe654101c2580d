"""What a spawn page can show of each environment that a user may launch."""

from __future__ import annotations

import pytest

from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.environments.launches import Launches
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.models.build import ImageDetails, Trigger
from tljh_envbuilder.models.environment import EnvironmentChange, EnvironmentRequest
from tljh_envbuilder.models.launch import LaunchChoice, LaunchQuery, LaunchRequest, LaunchUser
from tljh_envbuilder.store.store import Store

URL = "https://example.org/course"
DETAILS = ImageDetails(user="ada", uid=1000, gid=1000, home="/home/ada", jupyterhub_version="5.5.4")


@pytest.fixture
def launches(store: Store) -> Launches:
    return Launches(
        store=store,
        engine=DockerEngine(),
        profiles=Profiles(),
        names=ImageNames(),
        service_token="secret",
    )


async def test_a_choice_tells_when_it_was_built_its_size_and_its_limits(
    store: Store, launches: Launches
) -> None:
    request = EnvironmentRequest(name="course", repo_url=URL, mem_limit=2**30, cpu_limit=0.5)
    _, build = await store.environments.add(request, owner="ada")
    await store.builds.finish(
        build.id, image="course:1", image_id="sha256:1", image_size=7, resolved_ref="a" * 40
    )
    built = await store.builds.get(build.id)
    # A rebuild that waits changes nothing of what is launched.
    await store.builds.add("course", ref=None, trigger=Trigger.REBUILD, requested_by="ada")

    options = await launches.options(LaunchQuery(user=LaunchUser(name="bob")))

    assert options.environments == [
        LaunchChoice(
            name="course",
            display_name="course",
            description="",
            repo_url=URL,
            resolved_ref="a" * 40,
            profiles=["Small", "Medium", "Large"],
            built_at=built.finished_at,
            image_size=7,
            mem_limit=2**30,
            cpu_limit=0.5,
        )
    ]


async def test_an_image_opens_where_something_is_and_is_named_as_it_runs(
    store: Store, launches: Launches
) -> None:
    request = EnvironmentRequest(name="course", image="quay.io/course:1")
    _, build = await store.environments.add(request, owner="ada")
    await store.builds.finish(
        build.id,
        image="envbuilder/course:1",
        image_id="sha256:1",
        image_details=DETAILS,
        resolved_ref="a" * 64,
    )
    await store.environments.change("course", EnvironmentChange(image="quay.io/course:2"))

    user = LaunchUser(name="bob")
    launch = await launches.resolve(LaunchRequest(user=user, environment="course"))
    [choice] = (await launches.options(LaunchQuery(user=user))).environments

    assert launch.default_url == "/lab"
    assert launch.installation == store.installation
    assert choice.image == "quay.io/course:1"


def test_a_choice_of_an_older_answer_is_still_one() -> None:
    kept = LaunchChoice.model_validate_json(
        '{"name": "course", "display_name": "", "description": "", "repo_url": "", '
        '"resolved_ref": "", "profiles": []}'
    )
    assert kept.built_at is kept.image_size is kept.mem_limit is kept.cpu_limit is None
