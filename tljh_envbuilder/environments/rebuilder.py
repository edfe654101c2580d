"""Rebuilds an environment if, and only if, its ref stands for another commit than it did."""

from __future__ import annotations

import asyncio

from traitlets import Float
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.models.build import Build, Trigger
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.store.store import Store


class OutdatedLook(Exception):
    """The environment has another repository or ref by now than the one that was looked at."""


class Rebuilder(LoggingConfigurable):
    """Looks at a repository; only what it answers counts, never what a webhook says about it."""

    timeout = Float(
        30.0,
        min=1,
        config=True,
        help="Longest time that a look at a repository may take, in seconds.",
    )

    def __init__(
        self,
        *,
        store: Store,
        queue: BuildQueue,
        fetcher: Fetcher,
        disk: DiskGuard,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._queue = queue
        self._fetcher = fetcher
        self._disk = disk

    async def rebuild_if_moved(self, looked_at: Environment, trigger: Trigger) -> Build | None:
        """The build that is queued, or None where there is nothing to do.

        Raises FetchFailed where the repository does not tell, BuildInProgress, DiskFull, and
        OutdatedLook.
        """
        if looked_at.image is not None:
            return None  # nothing to look at; a new tag is pulled when somebody asks for that
        commit = await self._resolve(looked_at)
        environment = await self._store.environments.get(looked_at.name)
        name, ref, current = environment.name, environment.ref, environment.current_build
        if (environment.repo_url, ref) != (looked_at.repo_url, looked_at.ref):
            raise OutdatedLook
        if commit is None or (current is not None and current.resolved_ref == commit):
            return None
        # Nor what was tried already: a commit that fails would fail again each hour, and one that
        # somebody has rolled back from would come back.
        if commit == await self._store.moves.attempted(name, ref):
            return None
        self.log.info("%s of %s has moved to %s", ref, environment.repo_url, commit)
        await self._disk.check()
        build = await self._store.builds.add(
            name, ref=ref, resolved_ref=commit, trigger=trigger, requested_by=environment.owner
        )
        self._queue.add(build, environment)
        return build

    async def _resolve(self, environment: Environment) -> str | None:
        """The commit that the environment's ref stands for now."""
        credentials = await self._store.credentials.remembered(
            environment.name, environment.repo_url
        )
        resolving = self._fetcher.resolve(
            environment.name,
            repo_url=environment.repo_url,
            ref=environment.ref,
            credentials=credentials,
        )
        try:
            return await asyncio.wait_for(resolving, self.timeout)
        except asyncio.TimeoutError:
            raise FetchFailed(
                f"{environment.repo_url} did not answer within {self.timeout:g} s, the limit that "
                "the operator set (Rebuilder.timeout)."
            ) from None
