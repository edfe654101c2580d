"""Which branches and tags a repository has, found out without fetching it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fetching import Fetch

from dev.git_server import GitRepository, GitServer, git
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.refs import MAX_REFS, RefList


@pytest.fixture
def repository(git_server: GitServer, request: pytest.FixtureRequest) -> GitRepository:
    return git_server.create(f"refs-{request.node.name}", {"Dockerfile": "FROM scratch\n"})


def point(repository: GitRepository, *refs: str) -> None:
    """Let all of these refs stand for the first commit."""
    lines = "\n".join(f"{repository.head} {ref}" for ref in refs)
    path = repository.path / "packed-refs"
    path.write_text(f"# pack-refs with: peeled fully-peeled \n{lines}\n")


async def test_branches_and_tags_are_listed_as_people_count(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    for tag in ["v10", "v9", "v1.10.0", "v1.9.0"]:
        repository.commit({}, tag=tag)
    repository.commit({}, branch="feature/2")
    repository.commit({}, branch="feature/10")
    git("tag", "-a", "v11", "-m", "Annotated", cwd=repository.path)
    git("update-ref", "refs/pull/1/head", repository.head, cwd=repository.path)
    git("update-ref", "refs/notes/heads/x", repository.head, cwd=repository.path)
    assert await fetcher.refs(repo_url=repository.url) == RefList(
        default_branch="main",
        branches=["feature/2", "feature/10", "main"],
        tags=["v1.9.0", "v1.10.0", "v9", "v10", "v11"],
        truncated=False,
    )


async def test_the_default_branch_is_what_head_stands_for(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    repository.commit({}, branch="develop")
    git("symbolic-ref", "HEAD", "refs/heads/develop", cwd=repository.path)
    git("update-ref", "refs/remotes/origin/HEAD", repository.head, cwd=repository.path)
    listed = await fetcher.refs(repo_url=repository.url)
    assert (listed.default_branch, listed.branches) == ("develop", ["develop", "main"])


async def test_each_ref_that_is_listed_can_be_fetched_and_no_other_is_listed(
    repository: GitRepository, fetcher: Fetcher, fetch: Fetch
) -> None:
    point(
        repository,
        "refs/heads/main",
        "refs/heads/gr\u00fcn",
        "refs/heads/(x)'$`\"!",
        "refs/tags/-v",
        "refs/tags/1%2",
        f"refs/tags/{'x' * 240}",
        f"refs/tags/{'y' * 128}/{'y' * 128}",
    )
    listed = await fetcher.refs(repo_url=repository.url)
    assert listed.branches == ["(x)'$`\"!", "main"]
    assert listed.tags == ["1%2", "x" * 240]
    for ref in listed.branches + listed.tags:
        assert (await fetch(repository.url, ref)).commit == repository.head


async def test_of_very_many_refs_the_first_are_listed(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    tags = [f"refs/tags/v{number}" for number in range(3 * MAX_REFS)]
    point(repository, "refs/heads/main", *tags)
    listed = await fetcher.refs(repo_url=repository.url)
    assert listed.tags == [f"v{number}" for number in range(MAX_REFS)]
    assert (listed.branches, listed.truncated) == (["main"], True)


async def test_an_empty_repository_has_none(repository: GitRepository, fetcher: Fetcher) -> None:
    git("update-ref", "-d", "refs/heads/main", cwd=repository.path)
    listed = await fetcher.refs(repo_url=repository.url)
    assert listed == RefList(default_branch=None, branches=[], tags=[], truncated=False)


async def test_a_private_one_is_listed_with_its_credentials_alone(
    git_server: GitServer, fetcher: Fetcher, open_folder: Path
) -> None:
    private = git_server.create("refs-private", private=("ada", "s3cret"))
    with pytest.raises(FetchFailed, match="asks for a login"):
        await fetcher.refs(repo_url=private.url)
    wrong = Credentials(username="ada", password="wr0ng")
    with pytest.raises(FetchFailed, match="refuses the login"):
        await fetcher.refs(repo_url=private.url, credentials=wrong)
    right = Credentials(username="ada", password="s3cret")
    listed = await fetcher.refs(repo_url=private.url, credentials=right)
    assert listed.branches == ["main"]
    assert list((open_folder / "work").iterdir()) == []


async def test_an_address_that_is_not_allowed_is_not_looked_at(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    with pytest.raises(FetchFailed, match="not allowed here"):
        await fetcher.refs(repo_url=f"file://{repository.path}")
    fetcher.sources.allowed_hosts = {"example.org"}
    with pytest.raises(FetchFailed, match="not allowed here"):
        await fetcher.refs(repo_url=repository.url)
