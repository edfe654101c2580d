"""Machine profiles, and sizes of one's own: who may choose what."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config

from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.errors import NotAllowed, NotReady
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import (
    EVERYONE,
    Builder,
    Environment,
    EnvironmentStatus,
    Schedule,
)
from tljh_envbuilder.models.launch import Choice, Profile

GIBIBYTE = 2**30
OFFERED = [
    {"label": "Small", "mem_limit": GIBIBYTE, "cpu_limit": 1.0},
    {"label": "Usual", "mem_limit": 2 * GIBIBYTE, "cpu_limit": 1.0, "default": True},
    {"label": "GPU", "gpus": 1, "groups": ["vision"], "extra_host_config": {"shm_size": "2g"}},
]
ADA = Caller(name="ada")
GRACE = Caller(name="grace", groups=frozenset({"vision"}))
ADMIN = Caller(name="root", scopes=frozenset({Scope.HUB_ADMIN.value}))


def an_environment(*, profiles: list[str] | None = None) -> Environment:
    return Environment(
        name="course",
        display_name="Course",
        description="",
        repo_url="https://example.org/course",
        ref="HEAD",
        owner="ada",
        created_at=datetime.now(timezone.utc),
        visibility=EVERYONE,
        mem_limit=None,
        cpu_limit=None,
        profiles=profiles,
        builder=Builder.AUTO,
        build_args={},
        default_url=None,
        environment_variables={},
        has_credentials=False,
        schedule=Schedule.NEVER,
        checked_at=None,
        check_error=None,
        status=EnvironmentStatus.READY,
        current_build=None,
        last_build=None,
        waiting_build=None,
    )


def profiles(**settings: Any) -> Profiles:
    return Profiles(config=Config({"Profiles": {"offered": OFFERED, **settings}}))


def labels(found: list[Profile]) -> list[str]:
    return [profile.label for profile in found]


def choice(**values: Any) -> Choice:
    return Choice(environment="course", **values)


def test_a_profile_may_be_for_groups_alone() -> None:
    assert labels(profiles().open_to(ADA)) == ["Small", "Usual"]
    assert labels(profiles().open_to(GRACE)) == labels(profiles().open_to(ADMIN))
    with pytest.raises(NotAllowed, match="does not offer"):
        profiles().choose(an_environment(), ADA, choice(profile="GPU"))
    chosen = profiles().choose(an_environment(), GRACE, choice(profile="GPU"))
    assert chosen is not None
    assert (chosen.gpus, chosen.extra_host_config) == (1, {"shm_size": "2g"})


def test_what_is_the_operators_business_is_in_no_answer() -> None:
    answered = profiles().open_to(GRACE)[-1].model_dump()
    assert set(answered) == {
        *("label", "description", "mem_limit", "cpu_limit", "gpus", "default"),
    }


def test_nobody_choosing_gets_the_default_one() -> None:
    chosen = profiles().choose(an_environment(), ADA, choice())
    assert chosen is not None
    assert chosen.label == "Usual"
    first = profiles().choose(an_environment(profiles=["Small"]), ADA, choice())
    assert first is not None
    assert first.label == "Small"


def test_an_environment_without_a_profile_for_the_caller_is_not_ready() -> None:
    with pytest.raises(NotReady):
        profiles().choose(an_environment(profiles=["GPU"]), ADA, choice())


def test_sizes_are_nobodys_choice_unless_the_operator_says_so() -> None:
    with pytest.raises(NotAllowed, match="with one of the machines"):
        profiles().choose(an_environment(), ADMIN, choice(mem_limit=GIBIBYTE))


@pytest.mark.parametrize(
    ("size", "memory", "cores"),
    [
        ({"mem_limit": GIBIBYTE}, GIBIBYTE, 2.0),
        ({"cpu_limit": 0.5}, 4 * GIBIBYTE, 0.5),
        ({"mem_limit": 4 * GIBIBYTE, "cpu_limit": 2.0}, 4 * GIBIBYTE, 2.0),
    ],
)
def test_a_size_of_ones_own_is_within_bounds(
    size: dict[str, Any], memory: int, cores: float
) -> None:
    free = profiles(free_size={"mem_limit": 4 * GIBIBYTE, "cpu_limit": 2.0})
    chosen = free.choose(an_environment(), ADA, choice(**size))
    assert chosen is not None
    assert (chosen.mem_limit, chosen.cpu_limit) == (memory, cores)
    assert (chosen.gpus, chosen.extra_host_config) == (0, {})


def test_more_than_the_bounds_is_refused() -> None:
    free = profiles(free_size={"mem_limit": 4 * GIBIBYTE, "cpu_limit": 2.0})
    for size in ({"mem_limit": 4 * GIBIBYTE + 1}, {"mem_limit": GIBIBYTE, "cpu_limit": 2.01}):
        with pytest.raises(NotAllowed, match="at most"):
            free.choose(an_environment(), ADA, choice(**size))


def test_an_environment_with_profiles_of_its_own_has_no_other_sizes() -> None:
    free = profiles(free_size={"mem_limit": 4 * GIBIBYTE, "cpu_limit": 2.0})
    assert not free.may_choose_size(an_environment(profiles=["Small"]))
    with pytest.raises(NotAllowed):
        free.choose(an_environment(profiles=["Small"]), ADA, choice(mem_limit=GIBIBYTE))


@pytest.mark.parametrize(
    "settings",
    [
        {"free_size": {"mem_limit": GIBIBYTE}},
        {"free_size": {"mem_limit": "4G", "cpu_limit": 1.0}},
        {"free_size": {"memory": 1}},
        {"offered": [{"label": "A", "gpus": -1}]},
        {"offered": [{"label": "A", "groups": []}]},
        {"offered": [{"label": "A"}, {"label": "A"}]},
    ],
)
def test_a_wrong_setting_is_refused_at_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(TraitError):
        profiles(**settings)
