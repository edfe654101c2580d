"""Looks at repositories for people: a few at once, each for a limited time."""

from __future__ import annotations

import asyncio

import pytest

from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.environments.policy import Policy
from tljh_envbuilder.environments.refs import CONCURRENCY, MAX_WAITING, Refs
from tljh_envbuilder.errors import (
    CredentialsLost,
    FetchFailed,
    FetchWorkerDied,
    InvalidRequest,
    NotAllowed,
    Unavailable,
)
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.environment import EnvironmentRequest
from tljh_envbuilder.models.refs import RefList, RefsRequest
from tljh_envbuilder.store.store import Store

FOUND = RefList(default_branch="main", branches=["main"], tags=[], truncated=False)
URL = "https://example.org/team/repository"
REQUEST = RefsRequest(repo_url=URL)
ADA = Caller(name="ada", scopes=frozenset({Scope.BUILD.value}))
LOGIN = {"username": "ada", "password": "s3cret"}


class SlowFetcher:
    """Takes its time, and counts how many of its looks there are at once."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, Credentials | None]] = []
        self.most = 0
        self.seconds = 0.05
        self.error: Exception | None = None
        self._now = 0

    async def refs(self, *, repo_url: str, credentials: Credentials | None = None) -> RefList:
        self.looks.append((repo_url, credentials))
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self._now -= 1
        if self.error is not None:
            raise self.error
        return FOUND


@pytest.fixture
def fetcher() -> SlowFetcher:
    return SlowFetcher()


@pytest.fixture
def refs(store: Store, fetcher: SlowFetcher) -> Refs:
    return Refs(store=store, fetcher=fetcher, policy=Policy(Sources()), timeout=0.5)  # type: ignore[arg-type]


async def test_a_few_are_looked_at_at_once(refs: Refs, fetcher: SlowFetcher) -> None:
    found = await asyncio.gather(*(refs.list(ADA, REQUEST) for _ in range(3 * CONCURRENCY)))
    assert found == [FOUND] * 3 * CONCURRENCY
    assert fetcher.most == CONCURRENCY


async def test_more_than_may_wait_are_told_so_at_once(refs: Refs, fetcher: SlowFetcher) -> None:
    asked = CONCURRENCY + MAX_WAITING + 3
    answers = await asyncio.gather(
        *(refs.list(ADA, REQUEST) for _ in range(asked)), return_exceptions=True
    )
    refused = [answer for answer in answers if answer != FOUND]
    assert [type(answer) for answer in refused] == [Unavailable] * 3
    assert await refs.list(ADA, REQUEST) == FOUND


async def test_a_host_that_says_nothing_is_not_waited_for(refs: Refs, fetcher: SlowFetcher) -> None:
    fetcher.seconds = 60
    with pytest.raises(InvalidRequest, match=r"within 0.5 s.*Rebuilder.timeout") as refused:
        await refs.list(ADA, REQUEST)
    assert [error.field for error in refused.value.errors] == ["repo_url"]
    fetcher.seconds = 0
    assert await refs.list(ADA, REQUEST) == FOUND


async def test_a_failure_is_about_the_address_unless_it_is_ours(
    refs: Refs, fetcher: SlowFetcher
) -> None:
    fetcher.error = FetchFailed("There is no repository.")
    with pytest.raises(InvalidRequest, match="There is no repository"):
        await refs.list(ADA, REQUEST)
    fetcher.error = FetchWorkerDied("It died.")
    with pytest.raises(Unavailable, match="It died"):
        await refs.list(ADA, REQUEST)


async def test_who_may_not_build_makes_nobody_look(refs: Refs, fetcher: SlowFetcher) -> None:
    with pytest.raises(NotAllowed):
        await refs.list(Caller(name="bob"), REQUEST)
    with pytest.raises(InvalidRequest):
        await refs.list(ADA, RefsRequest(repo_url="git://example.org/x"))
    assert fetcher.looks == []


class TestWhatAnEnvironmentRemembers:
    @pytest.fixture(autouse=True)
    async def environment(self, store: Store) -> None:
        credentials = Credentials(**LOGIN, remember=True)
        request = EnvironmentRequest(name="course", repo_url=URL, credentials=credentials)
        await store.environments.add(request, owner="ada")

    @pytest.mark.parametrize(
        ("repo_url", "is_used"),
        [
            (URL, True),
            ("https://example.org/another/one", True),
            ("https://EXAMPLE.org:443/another/one", True),
            ("https://example.org:444/team/repository", False),
            ("http://example.org/team/repository", False),
            ("http://example.org:443/team/repository", False),
            ("https://git.example.org/team/repository", False),
            ("ssh://git@example.org/team/repository", False),
        ],
    )
    async def test_is_for_its_scheme_host_and_port(
        self, refs: Refs, fetcher: SlowFetcher, repo_url: str, is_used: bool
    ) -> None:
        await refs.list(ADA, RefsRequest(repo_url=repo_url, environment="course"))
        [(_, used)] = fetcher.looks
        assert (used is not None) is is_used

    async def test_is_not_used_unasked(self, refs: Refs, fetcher: SlowFetcher) -> None:
        await refs.list(ADA, REQUEST)
        assert fetcher.looks == [(URL, None)]

    async def test_is_not_for_others_who_may_build(self, refs: Refs, fetcher: SlowFetcher) -> None:
        other = Caller(name="bob", scopes=frozenset({Scope.BUILD.value}))
        with pytest.raises(NotAllowed):
            await refs.list(other, RefsRequest(repo_url=URL, environment="course"))
        assert fetcher.looks == []

    async def test_is_said_to_be_lost_when_it_is(
        self, refs: Refs, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def lost(*_: object) -> None:
            raise CredentialsLost("They cannot be read.")

        monkeypatch.setattr(store.credentials, "remembered", lost)
        with pytest.raises(InvalidRequest, match="They cannot be read") as refused:
            await refs.list(ADA, RefsRequest(repo_url=URL, environment="course"))
        assert [error.field for error in refused.value.errors] == ["credentials"]
