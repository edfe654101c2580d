"""Which commit a ref stands for."""

from __future__ import annotations

import pytest
from fetching import Fetch

from dev.git_server import GitRepository, GitServer
from tljh_envbuilder.errors import FetchFailed


@pytest.fixture
def repository(git_server: GitServer, request: pytest.FixtureRequest) -> GitRepository:
    return git_server.create(request.node.name.partition("[")[0], {"Dockerfile": "FROM scratch\n"})


async def test_head_is_the_default_branch(repository: GitRepository, fetch: Fetch) -> None:
    assert (await fetch(repository.url)).commit == repository.head


@pytest.mark.parametrize("ref", ["dev", "refs/heads/dev", "v1.0", "refs/tags/v1.0"])
async def test_branches_and_tags_are_found(git_server: GitServer, fetch: Fetch, ref: str) -> None:
    repository = git_server.create(f"refs-{ref.replace('/', '-')}", {"Dockerfile": "FROM a\n"})
    commit = repository.commit({"new": "x"}, branch="dev", tag="v1.0")
    assert commit != repository.head
    assert (await fetch(repository.url, ref)).commit == commit


async def test_a_branch_is_not_taken_for_one_with_the_same_last_part(
    repository: GitRepository, fetch: Fetch
) -> None:
    commit = repository.commit({"new": "x"}, branch="feature/main")
    assert (await fetch(repository.url, "feature/main")).commit == commit


async def test_an_older_commit_is_found_in_full_and_short(
    repository: GitRepository, fetch: Fetch
) -> None:
    older = repository.head
    repository.commit({"new": "x"})
    for ref in (older, older[:7]):
        assert (await fetch(repository.url, ref)).commit == older


async def test_a_branch_may_look_like_a_commit(repository: GitRepository, fetch: Fetch) -> None:
    commit = repository.commit({"new": "x"}, branch="deadbeef")
    assert (await fetch(repository.url, "deadbeef")).commit == commit


async def test_a_mistyped_branch_is_answered_with_the_nearest(
    repository: GitRepository, fetch: Fetch
) -> None:
    repository.commit({"new": "x"}, branch="develop")
    with pytest.raises(FetchFailed, match="no branch or tag 'develp': try 'develop'"):
        await fetch(repository.url, "develp")


async def test_an_absent_branch_is_answered_with_what_there_is(
    repository: GitRepository, fetch: Fetch
) -> None:
    with pytest.raises(FetchFailed, match="no branch or tag 'zzz': try 'main'"):
        await fetch(repository.url, "zzz")


async def test_an_absent_commit_is_said_to_be_absent(
    repository: GitRepository, fetch: Fetch
) -> None:
    with pytest.raises(FetchFailed, match="no branch, tag or commit '0123456789'"):
        await fetch(repository.url, "0123456789")
