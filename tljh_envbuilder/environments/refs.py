"""Which branches and tags a repository has, for somebody who is about to name one."""

from __future__ import annotations

import asyncio

from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.environments.access import require_builder, require_managed
from tljh_envbuilder.environments.policy import Policy
from tljh_envbuilder.errors import (
    CredentialsLost,
    FetchFailed,
    FetchWorkerDied,
    InvalidRequest,
    Unavailable,
)
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.refs import RefList, RefsRequest
from tljh_envbuilder.models.repository import origin_of
from tljh_envbuilder.store.store import Store

#: Repositories that are looked at at once, and requests that may wait for their turn.
CONCURRENCY, MAX_WAITING = 4, 32


class Refs:
    """Looks at repositories for those who may build, a few at once; `timeout` is in seconds."""

    def __init__(self, *, store: Store, fetcher: Fetcher, policy: Policy, timeout: float) -> None:
        self._store = store
        self._fetcher = fetcher
        self._policy = policy
        self._timeout = timeout
        self._free = asyncio.Semaphore(CONCURRENCY)
        self._asked = 0

    async def list(self, caller: Caller, request: RefsRequest) -> RefList:
        """The branches and tags; raises InvalidRequest where the repository cannot be read."""
        require_builder(caller, "Looking at repositories")
        self._policy.check_address(request.repo_url)
        credentials = await self._credentials(caller, request)
        if self._asked >= CONCURRENCY + MAX_WAITING:
            raise Unavailable("Many repositories are being looked at; try again shortly.")
        self._asked += 1
        try:
            async with self._free:
                return await self._look(request.repo_url, credentials)
        except FetchWorkerDied as error:
            raise Unavailable(error.message) from None
        except FetchFailed as error:
            raise InvalidRequest.for_field("repo_url", error.message) from None
        finally:
            self._asked -= 1

    async def _credentials(self, caller: Caller, request: RefsRequest) -> Credentials | None:
        """What was sent, or else what the environment remembers for this very host."""
        environment = None
        if request.environment is not None:
            environment = await self._store.environments.get(request.environment)
            require_managed(caller, environment)
        if request.credentials is not None:
            request.credentials.require_fit(request.repo_url)
            return request.credentials
        if environment is None or origin_of(environment.repo_url) != origin_of(request.repo_url):
            return None
        try:
            return await self._store.credentials.remembered(environment.name, request.repo_url)
        except CredentialsLost as error:
            raise InvalidRequest.for_field("credentials", error.message) from None

    async def _look(self, repo_url: str, credentials: Credentials | None) -> RefList:
        looking = self._fetcher.refs(repo_url=repo_url, credentials=credentials)
        try:
            return await asyncio.wait_for(looking, self._timeout)
        except asyncio.TimeoutError:
            raise FetchFailed(
                f"{repo_url} did not answer within {self._timeout:g} s, the limit that the "
                "operator set (Rebuilder.timeout)."
            ) from None
