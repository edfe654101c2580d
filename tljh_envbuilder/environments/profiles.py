"""Machine profiles: the sizes that the operator offers."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from traitlets import Dict, List, TraitError, validate
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import InvalidRequest, NotAllowed, NotReady
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.launch import Choice, Profile, Size

GIBIBYTE = 2**30


class Profiles(LoggingConfigurable):
    """The machine profiles on offer."""

    offered = List(
        Dict(),
        default_value=[
            {"label": "Small", "mem_limit": 2 * GIBIBYTE, "cpu_limit": 1.0, "default": True},
            {"label": "Medium", "mem_limit": 4 * GIBIBYTE, "cpu_limit": 2.0},
            {"label": "Large", "mem_limit": 8 * GIBIBYTE, "cpu_limit": 4.0},
        ],
        config=True,
        help="Machine profiles in the order in which they are shown, each with `label`, "
        "`description`, `mem_limit` (bytes), `cpu_limit` (cores), `gpus` (number), `groups` (of "
        "the Hub, whose members alone may choose it), `extra_host_config` (as in DockerSpawner), "
        "and `default` (true for the one that is used when nobody chooses). An empty list: each "
        "environment's own limits apply.",
    )
    free_size = Dict(
        config=True,
        help="Largest size that users may choose by themselves in place of a profile: `mem_limit` "
        "(bytes) and `cpu_limit` (cores). Empty: only the profiles. An environment that allows "
        "some profiles only has no other sizes.",
    )

    @validate("offered")
    def _well_formed(self, proposal: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            profiles = [Profile.model_validate(item) for item in proposal["value"]]
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise TraitError(f"a profile is wrong: {where} {first['msg']}") from None
        labels = [profile.label for profile in profiles]
        if len(set(labels)) != len(labels):
            raise TraitError("each profile needs a label of its own")
        return list(proposal["value"])

    @validate("free_size")
    def _both_bounds(self, proposal: dict[str, Any]) -> dict[str, Any]:
        try:
            size = Size.model_validate(proposal["value"])
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise TraitError(f"free_size is wrong: {first['loc'][0]} {first['msg']}") from None
        if proposal["value"] and None in {size.mem_limit, size.cpu_limit}:
            raise TraitError("free_size needs both mem_limit and cpu_limit")
        return dict(proposal["value"])

    def all(self) -> list[Profile]:
        """All profiles, in the operator's order."""
        return [Profile.model_validate(item) for item in self.offered]

    def open_to(self, caller: Caller) -> list[Profile]:
        """The profiles that the caller may choose."""
        return [
            profile
            for profile in self.all()
            if profile.groups is None
            or caller.is_admin
            or not caller.groups.isdisjoint(profile.groups)
        ]

    def allowed(self, environment: Environment, caller: Caller) -> list[Profile]:
        """The profiles that the caller may start the environment with."""
        return [
            profile
            for profile in self.open_to(caller)
            if environment.profiles is None or profile.label in environment.profiles
        ]

    @property
    def largest_size(self) -> Size | None:
        """The bounds of sizes that people choose themselves; None where they may not."""
        return Size.model_validate(self.free_size) if self.free_size else None

    def may_choose_size(self, environment: Environment) -> bool:
        """Whether the environment may be started with a size of one's own."""
        return bool(self.free_size) and environment.profiles is None

    def check_labels(self, labels: list[str] | None) -> None:
        """Raises InvalidRequest when a label is not one of the profiles."""
        known = {profile.label for profile in self.all()}
        unknown = [label for label in labels or [] if label not in known]
        if unknown:
            raise InvalidRequest.for_field(
                "profiles", f"There is no machine {', '.join(map(repr, unknown))}."
            )

    def choose(self, environment: Environment, caller: Caller, choice: Choice) -> Profile | None:
        """The profile that was chosen, or the default one; None where the operator offers none.

        Raises NotAllowed, or NotReady for an environment that allows none of them.
        """
        if choice.has_size:
            return self._of_ones_own(environment, choice)
        label = choice.profile
        allowed = self.allowed(environment, caller)
        if self.offered and not allowed:
            raise NotReady(
                f"{environment.display_name} offers none of the machines that there are: its owner "
                "must allow one."
            )
        if label is None:
            defaults = [profile for profile in allowed if profile.default]
            return next(iter(defaults or allowed), None)
        for profile in allowed:
            if profile.label == label:
                return profile
        raise NotAllowed(
            f"{environment.display_name} does not offer the machine {label!r}: choose another one."
        )

    def _of_ones_own(self, environment: Environment, choice: Choice) -> Profile:
        """The size that was chosen as a profile; what was not chosen is as large as may be."""
        largest = self.largest_size
        if largest is None or not self.may_choose_size(environment):
            raise NotAllowed(
                f"{environment.display_name} is started with one of the machines on offer, not "
                "with a size of one's own."
            )
        for name, unit, of in (
            ("mem_limit", "GiB of memory", GIBIBYTE),
            ("cpu_limit", "cores", 1),
        ):
            bound, chosen = getattr(largest, name), getattr(choice, name)
            if chosen is not None and chosen > bound:
                raise NotAllowed(f"A size of one's own may have {bound / of:g} {unit} at most.")
        return Profile(
            label="own size",
            mem_limit=choice.mem_limit or largest.mem_limit,
            cpu_limit=choice.cpu_limit or largest.cpu_limit,
        )
