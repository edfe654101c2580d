"""A choice is an environment and a profile, wherever it comes from."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub.user import User

from tests.hub.launch_service import LaunchService
from tljh_envbuilder.spawner.errors import StartError
from tljh_envbuilder.spawner.user_options import options_from_form, parse_user_options

SMUGGLED = [
    {"environment": "course", "image": "busybox"},
    {"environment": "course", "image_id": "sha256:0"},
    {"environment": "course", "extra_host_config": {"privileged": True}},
    {"environment": "course", "volumes": {"/": "/host"}},
    {"environment": "course", "profile:course": "Small"},
    {"image": "busybox"},
]
MALFORMED: list[dict[str, Any]] = [
    {},
    {"environment": None},
    {"environment": ""},
    {"environment": 1},
    {"environment": ["course"]},
    {"environment": {"name": "course"}},
    {"environment": "../course"},
    {"environment": "course\n"},
    {"environment": "course", "profile": 1},
    {"environment": "course", "profile": ["Small"]},
    {"environment": "course", "profile": ""},
    {"environment": "course", "profile": "Sm\x00all"},
    {"environment": "course", "mem_limit": "64G"},
    {"environment": "course", "mem_limit": -1},
    {"environment": "course", "cpu_limit": float("nan")},
    {"environment": "course", "cpu_limit": float("inf")},
    {"environment": "course", "profile": "Small", "mem_limit": 2**30},
]


@pytest.mark.parametrize("options", SMUGGLED)
def test_a_user_cannot_name_an_image_or_more(options: dict[str, Any]) -> None:
    with pytest.raises(StartError, match="cannot be chosen") as refused:
        parse_user_options(options)
    assert refused.value.status_code == 400


def test_a_refusal_names_all_that_may_be_chosen() -> None:
    options = {"build": 3, "cpu_limit": 2.0, "environment": "course", "mem_limit": 2**30}
    assert parse_user_options(options).user_options() == {**options, "profile": None}
    with pytest.raises(StartError, match=f"are {', '.join(options)} and profile."):
        parse_user_options({**options, "image": "busybox"})


@pytest.mark.parametrize("options", MALFORMED)
def test_anything_but_names_is_refused_with_a_sentence(options: dict[str, Any]) -> None:
    with pytest.raises(StartError) as refused:
        parse_user_options(options)
    assert refused.value.status_code == 400
    assert refused.value.jupyterhub_message.endswith(".")


@pytest.mark.parametrize("options", SMUGGLED + MALFORMED)
async def test_the_hub_api_and_saved_options_are_checked_as_the_form_is(
    user: User, launch_service: LaunchService, options: dict[str, Any]
) -> None:
    user.spawner.user_options = options
    with pytest.raises(StartError):
        await user.spawner.start()
    assert launch_service.requests == []


def test_a_form_gives_the_profile_of_the_chosen_environment() -> None:
    form = {
        "environment": ["course"],
        "profile:course": ["Large"],
        "profile:other": ["Small"],
        "_xsrf": ["2|abc"],
    }
    assert options_from_form(form) == {"environment": "course", "profile": "Large"}


def test_an_address_may_name_environment_and_profile() -> None:
    query = {"environment": ["course"], "profile": ["Large"]}
    assert options_from_form(query) == {"environment": "course", "profile": "Large"}


def test_a_form_without_a_profile_leaves_the_choice_to_the_service() -> None:
    assert options_from_form({"environment": ["course"]}) == {
        "environment": "course",
        "profile": None,
    }


@pytest.mark.parametrize(
    ("memory", "cpus", "size"),
    [
        ("1.5", "2", {"mem_limit": 3 * 2**29, "cpu_limit": 2.0}),
        (" 1,5 ", "", {"mem_limit": 3 * 2**29, "cpu_limit": None}),
        ("", ".5", {"mem_limit": None, "cpu_limit": 0.5}),
    ],
)
def test_a_form_gives_a_size_of_ones_own_in_place_of_the_profile(
    memory: str, cpus: str, size: dict[str, Any]
) -> None:
    form = {
        "environment": ["course"],
        "profile:course": ["Large"],
        "own:course": ["on"],
        "memory:course": [memory],
        "cpus:course": [cpus],
        "memory:other": ["64"],
    }
    assert options_from_form(form) == {"environment": "course", "profile": None, **size}


def test_a_size_counts_only_where_it_was_asked_for() -> None:
    form = {"environment": ["course"], "memory:course": ["much"], "profile:course": ["Small"]}
    assert options_from_form(form) == {"environment": "course", "profile": "Small"}


@pytest.mark.parametrize(("memory", "cpus"), [("", ""), ("2G", ""), ("1", "inf"), ("1e3", "1")])
def test_a_size_that_is_none_is_refused_in_the_words_of_the_form(memory: str, cpus: str) -> None:
    form = {
        "environment": ["course"],
        "own:course": ["on"],
        "memory:course": [memory],
        "cpus:course": [cpus],
    }
    with pytest.raises(StartError, match="needs memory in GiB, a number of cores, or both"):
        options_from_form(form)


@pytest.mark.parametrize(
    "form",
    [
        {"environment": ["course", "other"]},
        {"environment": []},
        {"environment": ["course"], "image": ["busybox"]},
        {"environment": ["course"], "upload_file": [object()]},
        {"profile": ["Small"]},
    ],
)
def test_a_form_is_refused_as_options_are(form: dict[str, list[Any]]) -> None:
    with pytest.raises(StartError):
        options_from_form(form)


async def test_options_of_jupyterhub_5_3_and_later_are_refused_before_the_start(user: User) -> None:
    if not hasattr(user.spawner, "apply_user_options"):
        pytest.skip("this JupyterHub has no apply_user_options")
    with pytest.raises(StartError, match="'image' cannot be chosen"):
        await user.spawner._run_apply_user_options({"environment": "course", "image": "busybox"})
