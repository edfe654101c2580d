"""Who may do what: the rules, and the one sentence for each refusal."""

from __future__ import annotations

from tljh_envbuilder.errors import EnvironmentNotFound, NotAllowed
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import Environment, Visibility


def may_see(caller: Caller, environment: Environment) -> bool:
    """Whether the caller may know of the environment, and launch it.

    The same rule as `EnvironmentStore.list` has in SQL.
    """
    visibility = environment.visibility
    return (
        caller.is_admin
        or visibility.everyone
        or caller.name in {environment.owner, *visibility.users}
        or not caller.groups.isdisjoint(visibility.groups)
    )


def may_manage(caller: Caller, environment: Environment) -> bool:
    """Whether the caller may change, rebuild and delete the environment."""
    return caller.is_admin or (caller.may_build and caller.name == environment.owner)


def as_seen_by(caller: Caller, environment: Environment) -> Environment:
    """The environment without the names of others that it is for, unless the caller manages it."""
    if may_manage(caller, environment) or caller.name == environment.owner:
        return environment
    visibility = environment.visibility
    own = Visibility(
        everyone=visibility.everyone,
        users=[name for name in visibility.users if name == caller.name],
        groups=[name for name in visibility.groups if name in caller.groups],
    )
    return environment.model_copy(update={"visibility": own})


def require_builder(caller: Caller, doing: str) -> None:
    """Raises NotAllowed; `doing` begins its sentence."""
    if not caller.may_build:
        raise NotAllowed(
            f"{doing} needs the scope {Scope.BUILD.value}; ask an admin of the Hub for it."
        )


def require_admin(caller: Caller, do: str) -> None:
    """Raises NotAllowed; `do` ends its sentence."""
    if not caller.is_admin:
        raise NotAllowed(f"Only an admin may {do}.")


def require_person(caller: Caller) -> None:
    """Raises NotAllowed for a service, which has no servers."""
    if caller.kind != "user":
        raise NotAllowed("Only users have servers; this token belongs to a service.")


def require_seen(caller: Caller, environment: Environment) -> None:
    """Raises EnvironmentNotFound, as if it were not there."""
    if not may_see(caller, environment):
        raise EnvironmentNotFound(environment.name)


def require_managed(caller: Caller, environment: Environment) -> None:
    """Raises EnvironmentNotFound or NotAllowed."""
    require_seen(caller, environment)
    if not may_manage(caller, environment):
        raise NotAllowed(
            f"Only an admin or the owner of {environment.name}, with the right to build, may do so."
        )
