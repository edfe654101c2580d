"""What a user may launch, and what a choice means at the moment of a start."""

from __future__ import annotations

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.environments.access import require_seen
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.errors import NotReady
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.launch import (
    Launch,
    LaunchChoice,
    LaunchOptions,
    LaunchUser,
)
from tljh_envbuilder.store.store import Store

#: More environments than anybody reads through; the pages have a search.
MAX_CHOICES = 500


class Launches(LoggingConfigurable):
    """Decides for the Hub: image and limits come from here, never from a browser."""

    def __init__(self, *, store: Store, profiles: Profiles, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._profiles = profiles
        self._names = ImageNames(parent=self)

    async def options(self, user: LaunchUser) -> LaunchOptions:
        """All that the user may choose from."""
        environments, _ = await self._store.environments.list(
            viewer=_as_caller(user), limit=MAX_CHOICES, launchable=True
        )
        return LaunchOptions(
            environments=[self._choice(environment) for environment in environments],
            profiles=self._profiles.all(),
        )

    async def resolve(self, user: LaunchUser, name: str, profile: str | None) -> Launch:
        """What the user's choice means now.

        Raises EnvironmentNotFound, NotAllowed (the profile) or NotReady (no image yet).
        """
        return await self.resolve_for(_as_caller(user), name, profile)

    async def resolve_for(self, caller: Caller, name: str, label: str | None) -> Launch:
        """As `resolve`, for somebody who asks this service directly."""
        environment = await self._store.environments.get(name)
        require_seen(caller, environment)
        profile = self._profiles.choose(environment, label)
        build = environment.current_build
        if build is None or build.resolved_ref is None or build.image_id is None:
            raise NotReady(f"{environment.display_name} has not been built yet.")
        if build.image_details is None:
            raise NotReady(f"{environment.display_name} has not been checked; rebuild it.")
        return Launch(
            environment=environment.name,
            profile=profile.label if profile else None,
            build=build.id,
            image=self._names.of_build(environment.name, build.id),
            image_id=build.image_id,
            mem_limit=_smaller(environment.mem_limit, profile.mem_limit if profile else None),
            cpu_limit=_smaller(environment.cpu_limit, profile.cpu_limit if profile else None),
            home=build.image_details.home,
            uid=build.image_details.uid,
            gid=build.image_details.gid,
            resolved_ref=build.resolved_ref,
            default_url=f"/lab/tree/{environment.name}",
        )

    def _choice(self, environment: Environment) -> LaunchChoice:
        build = environment.current_build
        return LaunchChoice(
            name=environment.name,
            display_name=environment.display_name,
            description=environment.description,
            repo_url=build.repo_url if build else environment.repo_url,
            resolved_ref=build.resolved_ref or "" if build else "",
            profiles=[profile.label for profile in self._profiles.allowed(environment)],
        )


def _as_caller(user: LaunchUser) -> Caller:
    """The user with the authority that the Hub gives them."""
    scopes = frozenset({Scope.HUB_ADMIN.value}) if user.admin else frozenset()
    return Caller(name=user.name, groups=frozenset(user.groups), scopes=scopes)


def _smaller(
    of_environment: float | int | None, of_profile: float | int | None
) -> float | int | None:
    """Both are limits, so that the smaller one holds; None is no limit."""
    limits = [limit for limit in (of_environment, of_profile) if limit is not None]
    return min(limits, default=None)
