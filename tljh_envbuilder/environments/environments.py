"""What people do with environments, if they may."""

from __future__ import annotations

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.environments.access import (
    as_seen_by,
    may_manage,
    require_admin,
    require_builder,
    require_managed,
    require_seen,
)
from tljh_envbuilder.environments.copying import copy_of
from tljh_envbuilder.environments.policy import Policy
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.environments.removal import Removal
from tljh_envbuilder.environments.restoring import Restoring
from tljh_envbuilder.errors import (
    BuildNotFound,
    Conflict,
    EnvironmentNotFound,
    InvalidRequest,
    NotAllowed,
    NotFound,
)
from tljh_envbuilder.models.build import Build, BuildDetail, BuildRequest, Trigger
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import (
    CopyRequest,
    Environment,
    EnvironmentChange,
    EnvironmentRequest,
    EnvironmentSort,
    EnvironmentStatus,
    RemovalPreview,
)
from tljh_envbuilder.store.store import Store


class Environments(LoggingConfigurable):
    """Adds, shows, changes, rebuilds and removes environments for a caller."""

    def __init__(
        self,
        *,
        store: Store,
        queue: BuildQueue,
        changes: Changes,
        removal: Removal,
        restoring: Restoring,
        policy: Policy,
        profiles: Profiles,
        disk: DiskGuard,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._queue = queue
        self._changes = changes
        self._removal = removal
        self._restoring = restoring
        self._policy = policy
        self._profiles = profiles
        self._disk = disk

    async def get(self, caller: Caller, name: str) -> Environment:
        """Raises EnvironmentNotFound, also for what the caller may not see."""
        environment = await self._store.environments.get(name)
        require_seen(caller, environment)
        return as_seen_by(caller, self._live(environment))

    async def add(self, caller: Caller, request: EnvironmentRequest) -> Environment:
        """Add an environment and queue its first build; raises DiskFull."""
        require_builder(caller, "Adding environments")
        self._policy.check(request)
        self._profiles.check_labels(request.profiles)
        if request.credentials is not None:
            request.credentials.require_fit(request.repo_url)
        await self._disk.check()
        environment, build = await self._store.environments.add(request, owner=caller.name)
        self._changes.environment_changed(environment)
        self._queue.add(build, environment)
        return environment

    async def change(self, caller: Caller, name: str, change: EnvironmentChange) -> Environment:
        """Change what the environment says; never rebuilds by itself."""
        environment = await self._managed(caller, name)
        _require_fit(change, environment)
        self._policy.check(change)
        self._profiles.check_labels(change.profiles)
        if change.credentials is not None:
            change.credentials.require_fit(change.repo_url or environment.repo_url)
        changed = await self._store.environments.change(name, change)
        self._changes.environment_changed(changed, before=environment)
        return self._live(changed)

    async def preview_removal(self, caller: Caller, name: str) -> RemovalPreview:
        """What a deletion would remove, and which servers are in its way."""
        environment = await self._managed(caller, name)
        return await self._removal.preview(environment.name)

    async def delete(self, caller: Caller, name: str, *, force: bool = False) -> None:
        """Remove the environment with its builds, images and logs, all or nothing.

        Raises EnvironmentInUse with the servers in the way, unless an admin uses force.
        """
        environment = await self._managed(caller, name)
        if force:
            require_admin(caller, "delete an environment that servers use")
        await self._removal.remove(environment, force=force, by=caller.name)

    async def rebuild(self, caller: Caller, name: str, request: BuildRequest) -> Build:
        """Queue a build; raises BuildInProgress while one is queued or runs, and DiskFull."""
        environment = await self._managed(caller, name)
        if environment.image is not None and (request.ref or request.credentials):
            raise InvalidRequest(f"{name} is an image, which has no ref and no credentials.")
        if request.credentials is not None:
            request.credentials.require_fit(environment.repo_url)
        await self._disk.check()
        build = await self._store.builds.add(
            name,
            ref=request.ref,
            trigger=Trigger.REBUILD,
            requested_by=caller.name,
            no_cache=request.no_cache,
            credentials=request.credentials,
        )
        self._queue.add(build, environment)
        return build

    async def rollback(self, caller: Caller, name: str, build_id: int) -> Environment:
        """Make an earlier successful build the one that users get, at once."""
        await self._managed(caller, name)
        environment = await self._store.environments.set_current_build(name, build_id)
        self._changes.environment_changed(environment)
        return self._live(environment)

    async def publish(self, caller: Caller, name: str, build_id: int | None) -> Environment:
        """Let users get a build, the latest one unless told; raises Conflict if there is none."""
        await self._managed(caller, name)
        wanted = build_id or await self._store.environments.latest_built(name)
        if wanted is None:
            raise Conflict(f"{name} has no successful build to publish.")
        return await self.rollback(caller, name, wanted)

    async def copy(self, caller: Caller, name: str, request: CopyRequest) -> Environment:
        """Add an environment like another one, from its current image; raises DiskFull.

        Who only sees an environment may copy it if it is for everyone: whom else it is for is its
        owner's decision.
        """
        original = await self._store.environments.get(name)
        require_seen(caller, original)
        require_builder(caller, "Adding environments")
        if not (original.visibility.everyone or may_manage(caller, original)):
            raise NotAllowed(f"{name} is not for everyone: only its owner or an admin may copy it.")
        await self._disk.check()
        environment, build = await self._store.environments.add(
            copy_of(original, request), owner=caller.name, origin=original.current_build
        )
        self._changes.environment_changed(environment)
        self._queue.add(build, environment)
        return environment

    async def restore(self, caller: Caller, build_id: int) -> Build:
        """The build that can be launched in place of this one: itself, or one that brings it back.

        That one is of the same commit, may be queued yet, and changes nothing for users. Raises
        BuildInProgress, Conflict for a build that never had an image, Unavailable, and DiskFull.
        """
        build = await self.build(caller, build_id)
        environment = await self._managed(caller, build.environment)
        restored = await self._restoring.restore(build, environment, by=caller.name)
        return self._queue.with_progress(restored)

    async def builds(
        self, caller: Caller, name: str, *, limit: int, offset: int
    ) -> tuple[list[Build], int]:
        """The environment's builds, newest first, and how many there are."""
        await self.get(caller, name)
        builds, total = await self._store.builds.list(name, limit=limit, offset=offset)
        return [self._queue.with_progress(build) for build in builds], total

    async def packages(self, caller: Caller, build_id: int) -> str:
        """The packages in a build's image, as a requirements.txt; raises NotFound without."""
        build = await self.build(caller, build_id)
        packages = await self._store.builds.packages(build_id)
        if packages is None:
            raise NotFound(
                f"No packages are recorded with build {build_id}: they are for builds that have "
                "come to an image and were made by PythonBuildPack (uv)."
            )
        return f"# {build.repo_url} at {build.resolved_ref}\n{packages}"

    async def build(self, caller: Caller, build_id: int) -> BuildDetail:
        """Raises BuildNotFound, also for a build of what the caller may not see."""
        build = await self._store.builds.get(build_id)
        try:
            await self.get(caller, build.environment)
        except EnvironmentNotFound:
            raise BuildNotFound(build_id) from None
        return self._queue.with_progress(build)

    async def cancel(self, caller: Caller, build_id: int) -> BuildDetail:
        """Stop a build, and show what became of it; raises BuildEnded when it has ended."""
        build = await self.build(caller, build_id)
        environment = await self._managed(caller, build.environment)
        await self._queue.cancel(build, environment, by=caller.name)
        return await self.build(caller, build_id)

    async def list(
        self,
        caller: Caller,
        *,
        q: str,
        limit: int,
        offset: int,
        sort: EnvironmentSort = EnvironmentSort.NAME,
        status: EnvironmentStatus | None = None,
        owner: str | None = None,
    ) -> tuple[list[Environment], int]:
        """A page of what the caller may see, and how many there are in all."""
        environments, total = await self._store.environments.list(
            viewer=caller, q=q, limit=limit, offset=offset, sort=sort, status=status, owner=owner
        )
        return [as_seen_by(caller, self._live(environment)) for environment in environments], total

    def _live(self, environment: Environment) -> Environment:
        """The environment with how far its build is, which the database does not know."""
        last = environment.last_build  # a current build has ended
        if last is None:
            return environment
        return environment.model_copy(update={"last_build": self._queue.with_progress(last)})

    async def _managed(self, caller: Caller, name: str) -> Environment:
        environment = await self._store.environments.get(name)
        require_managed(caller, environment)
        return environment


def _require_fit(change: EnvironmentChange, environment: Environment) -> None:
    """An environment stays what it is, one of a repository or an image."""
    is_image = environment.image is not None
    unfit = change.unfit_for_image() if is_image else change.model_fields_set & {"image"}
    if unfit:
        what = "an image" if is_image else "from a repository"
        field = min(unfit)
        raise InvalidRequest.for_field(field, f"{environment.name} is {what}: it has no {field}.")
