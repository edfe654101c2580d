"""What a user may launch, and what a choice means at the moment of a start."""

from __future__ import annotations

from contextlib import suppress

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.environments.access import require_seen
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.errors import (
    BuildNotFound,
    EnvBuilderError,
    EnvironmentNotFound,
    NotAllowed,
    NotReady,
)
from tljh_envbuilder.models.build import Build, BuildStatus
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.launch import (
    Choice,
    Launch,
    LaunchChoice,
    LaunchOptions,
    LaunchQuery,
    LaunchRequest,
    LaunchUser,
)
from tljh_envbuilder.models.sealed import sealed
from tljh_envbuilder.store.store import Store

#: Environments on the spawn page at most, so that it costs the same however many there are: people
#: find the others on the service's own page, which has a search.
MAX_CHOICES = 50


class Launches(LoggingConfigurable):
    """Decides for the Hub: image and limits come from here, never from a browser."""

    def __init__(
        self,
        *,
        store: Store,
        engine: DockerEngine,
        profiles: Profiles,
        names: ImageNames,
        service_token: str,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._engine = engine
        self._service_token = service_token
        self._profiles = profiles
        self._names = names

    async def options(self, query: LaunchQuery) -> LaunchOptions:
        """What the user may choose from: the first ones by name, and the one chosen last."""
        caller = _as_caller(query.user)
        environments, total = await self._store.environments.list(
            viewer=caller, limit=MAX_CHOICES, launchable=True
        )
        if query.selected is not None and query.selected not in {e.name for e in environments}:
            with suppress(EnvironmentNotFound):
                selected = await self._store.environments.get(query.selected)
                require_seen(caller, selected)
                if selected.current_build is not None:
                    environments.insert(0, selected)
        return LaunchOptions(
            environments=[self._choice(environment, caller) for environment in environments],
            total=total,
            profiles=self._profiles.open_to(caller),
            free_size=self._profiles.largest_size,
        )

    async def resolve(self, request: LaunchRequest) -> Launch:
        """What a user's choice means now.

        Raises EnvironmentNotFound, NotAllowed (the machine) or NotReady (no image yet).
        """
        return await self.resolve_for(_as_caller(request.user), request)

    async def resolve_for(self, caller: Caller, choice: Choice) -> Launch:
        """As `resolve`, for somebody who asks this service directly."""
        environment = await self._store.environments.get(choice.environment)
        require_seen(caller, environment)
        profile = self._profiles.choose(environment, caller, choice)
        build = await self._build(environment, caller, choice.build)
        if build is None or build.resolved_ref is None or build.image_id is None:
            what = "built" if environment.waiting_build is None else "published"
            raise NotReady(f"{environment.display_name} has not been {what} yet.")
        if build.image_details is None:
            raise NotReady(f"{environment.display_name} has not been checked; rebuild it.")
        return Launch(
            installation=self._store.installation,
            environment=environment.name,
            profile=profile.label if profile and not choice.has_size else None,
            build=build.id,
            image=self._names.of_build(environment.name, build.id),
            image_id=build.image_id,
            mem_limit=_smaller(environment.mem_limit, profile.mem_limit if profile else None),
            cpu_limit=_smaller(environment.cpu_limit, profile.cpu_limit if profile else None),
            home=build.image_details.home,
            uid=build.image_details.uid,
            gid=build.image_details.gid,
            resolved_ref=build.resolved_ref,
            default_url=environment.default_url or _first_page(build),
            environment_variables=environment.environment_variables,
            is_test=build.published_at is None,
            **await self._in_registry(build),
            gpus=profile.gpus if profile else 0,
            extra_host_config=profile.extra_host_config if profile else {},
        )

    async def _build(
        self, environment: Environment, caller: Caller, number: int | None
    ) -> Build | None:
        """The build that is launched; raises BuildNotFound, NotReady, or NotAllowed.

        One that is not published yet is for those who decide about that.
        """
        if number is None:
            return environment.current_build
        build = await self._store.builds.get(number)
        if build.environment != environment.name:
            raise BuildNotFound(number)
        if build.status is not BuildStatus.BUILT:
            raise NotReady(
                f"Build {number} has no image to start from (its status is "
                f"'{build.status.value}'): choose a successful one."
            )
        if build.published_at is None and not (caller.is_admin or caller.name == environment.owner):
            raise NotAllowed(
                f"Build {number} is not published yet: the environment's owner or an admin can "
                "publish it."
            )
        if build.image_removed_at is not None and build.registry_image is None:
            raise NotReady(
                f"The image of build {number} was removed on {build.image_removed_at:%Y-%m-%d} to "
                f"save space: who manages {environment.name} can restore it."
            )
        return build

    async def _in_registry(self, build: Build) -> dict[str, str | None]:
        """From where an engine that lacks the image gets it, and the login for that."""
        if build.registry_image is None:
            return {}
        reference = build.registry_image.reference
        try:
            login = await self._engine.registry_header(reference)
        except EnvBuilderError as error:
            self.log.warning("%s", error)
            login = None
        token = self._service_token
        return {
            "registry_image": reference,
            "registry_login": sealed(login, token) if login and token else None,
        }

    def _choice(self, environment: Environment, caller: Caller) -> LaunchChoice:
        build = environment.current_build
        return LaunchChoice(
            name=environment.name,
            display_name=environment.display_name,
            description=environment.description,
            repo_url=build.repo_url if build else environment.repo_url,
            resolved_ref=build.resolved_ref or "" if build else "",
            image=build.source_image if build else environment.image,
            profiles=[profile.label for profile in self._profiles.allowed(environment, caller)],
            built_at=build.finished_at if build else None,
            image_size=build.image_size if build else None,
            mem_limit=environment.mem_limit,
            cpu_limit=environment.cpu_limit,
            may_choose_size=self._profiles.may_choose_size(environment),
        )


def _as_caller(user: LaunchUser) -> Caller:
    """The user with the authority that the Hub gives them."""
    scopes = frozenset({Scope.HUB_ADMIN.value}) if user.admin else frozenset()
    return Caller(name=user.name, groups=frozenset(user.groups), scopes=scopes)


def _first_page(build: Build) -> str:
    """The repository's folder; an image has none, and JupyterLab would say that it is missing."""
    return "/lab" if build.source_image else f"/lab/tree/{build.environment}"


def _smaller(
    of_environment: float | int | None, of_profile: float | int | None
) -> float | int | None:
    """Both are limits, so that the smaller one holds; None is no limit."""
    limits = [limit for limit in (of_environment, of_profile) if limit is not None]
    return min(limits, default=None)
