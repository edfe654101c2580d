"""The service decides; where it does not answer, its last good answer serves."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub.user import User
from traitlets.config import Config

from dev.process import free_port
from tests.hub.conftest import MakeUser
from tests.hub.launch_service import LaunchService, launch
from tljh_envbuilder.models.launch import Launch
from tljh_envbuilder.spawner.errors import ServiceUnavailable, StartError
from tljh_envbuilder.spawner.user_options import UserOptions

COURSE = UserOptions(environment="course", profile="Small")


async def resolve(user: User, options: UserOptions = COURSE) -> Launch:
    resolved: Launch = await user.spawner._launch_client().resolve(options)
    return resolved


async def test_the_service_is_asked_on_behalf_of_the_user_of_the_server(
    new_user: MakeUser, launch_service: LaunchService
) -> None:
    user = new_user("ada lovelace", groups=("staff",))
    assert await resolve(user) == launch_service.launch
    [(path, asked)] = launch_service.requests
    assert path == "/services/envbuilder/api/launch/resolve"
    assert asked == {
        "user": {"name": "ada lovelace", "groups": ["staff"], "admin": False},
        "environment": "course",
        "profile": "Small",
        "build": None,
        "mem_limit": None,
        "cpu_limit": None,
    }


async def test_the_service_is_found_below_any_base_url(
    new_user: MakeUser, launch_service: LaunchService
) -> None:
    await resolve(new_user(base_url="/deep/hub/"))
    [(path, _)] = launch_service.requests
    assert path == "/deep/hub/services/envbuilder/api/launch/resolve"


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_the_last_good_answer_serves_while_the_service_restarts(
    user: User, launch_service: LaunchService, status: int
) -> None:
    before = await resolve(user)
    options = await user.spawner._launch_client().options()
    launch_service.refusal = (status, "Not now.")
    assert await resolve(user) == before
    assert await user.spawner._launch_client().options() == options


async def test_the_last_good_answer_serves_when_nothing_listens(
    user: User, config: Config, launch_service: LaunchService
) -> None:
    before = await resolve(user)
    launch_service.shutdown()
    launch_service.server_close()
    assert await resolve(user) == before


async def test_a_service_that_hangs_is_given_up_soon(
    user: User, launch_service: LaunchService
) -> None:
    before = await resolve(user)
    user.spawner.service_timeout = 0.2
    launch_service.shutdown()  # the port is still open, and nobody answers
    assert await resolve(user) == before


@pytest.mark.parametrize("status", [403, 404, 409])
async def test_a_refusal_is_an_answer_and_nothing_earlier_serves(
    user: User, launch_service: LaunchService, status: int
) -> None:
    await resolve(user)
    launch_service.refusal = (status, "You may no longer use the course.")
    with pytest.raises(StartError, match="You may no longer use the course") as refused:
        await resolve(user)
    assert refused.value.status_code == status
    launch_service.refusal = (503, "Not now.")
    with pytest.raises(ServiceUnavailable):
        await resolve(user)


@pytest.mark.parametrize("other", [{"environment": "thesis"}, {"profile": "Large"}])
async def test_the_answer_to_another_question_does_not_serve(
    user: User, launch_service: LaunchService, other: dict[str, Any]
) -> None:
    await resolve(user)
    launch_service.refusal = (503, "Not now.")
    with pytest.raises(ServiceUnavailable):
        await resolve(user, COURSE.model_copy(update=other))


async def test_the_answer_for_another_user_does_not_serve(
    new_user: MakeUser, launch_service: LaunchService
) -> None:
    await resolve(new_user())
    launch_service.refusal = (503, "Not now.")
    with pytest.raises(ServiceUnavailable):
        await resolve(new_user())


async def test_without_any_answer_the_user_reads_what_to_do(user: User) -> None:
    user.spawner.service_url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StartError) as refused:
        await resolve(user)
    assert refused.value.status_code == 503
    assert refused.value.jupyterhub_message == (
        "The environments service does not answer. Try again in a minute, or tell an admin."
    )


async def test_the_wrong_token_is_refused_and_not_shown(user: User) -> None:
    user.spawner.service_token = "wrong"
    with pytest.raises(StartError, match="Only the Hub may ask this") as refused:
        await resolve(user)
    assert "wrong" not in str(refused.value)


async def test_an_answer_that_is_no_launch_is_taken_for_none(
    user: User, launch_service: LaunchService
) -> None:
    launch_service.launch = launch().model_copy(update={"mem_limit": 1.5})
    with pytest.raises(ServiceUnavailable):
        await resolve(user)
