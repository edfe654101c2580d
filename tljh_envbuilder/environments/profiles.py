"""Machine profiles: the sizes that the operator offers."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from traitlets import Dict, List, TraitError, validate
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import InvalidRequest, NotAllowed, NotReady
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.launch import Profile

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
        "`description`, `mem_limit` (bytes), `cpu_limit` (cores) and `default` (true for the one "
        "that is used when nobody chooses). An empty list: each environment's own limits apply.",
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

    def all(self) -> list[Profile]:
        """All profiles, in the operator's order."""
        return [Profile.model_validate(item) for item in self.offered]

    def allowed(self, environment: Environment) -> list[Profile]:
        """The profiles that the environment may be started with."""
        return [
            profile
            for profile in self.all()
            if environment.profiles is None or profile.label in environment.profiles
        ]

    def check_labels(self, labels: list[str] | None) -> None:
        """Raises InvalidRequest when a label is not one of the profiles."""
        known = {profile.label for profile in self.all()}
        unknown = [label for label in labels or [] if label not in known]
        if unknown:
            raise InvalidRequest.for_field(
                "profiles", f"There is no machine profile {', '.join(map(repr, unknown))}."
            )

    def choose(self, environment: Environment, label: str | None) -> Profile | None:
        """The profile with this label, or the default one; None where the operator offers none.

        Raises NotAllowed, or NotReady for an environment that allows none of them.
        """
        allowed = self.allowed(environment)
        if self.offered and not allowed:
            raise NotReady(
                f"{environment.display_name} offers none of the machine profiles that there are; "
                "its owner must allow one."
            )
        if label is None:
            defaults = [profile for profile in allowed if profile.default]
            return next(iter(defaults or allowed), None)
        for profile in allowed:
            if profile.label == label:
                return profile
        raise NotAllowed(
            f"{environment.display_name} does not offer the machine profile {label!r}."
        )
