"""Which commit a ref stands for, found out without fetching: the same one that fetching finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from fetching import Fetch

from dev.git_server import GitRepository, GitServer, git
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.errors import FetchFailed


@pytest.fixture
def repository(git_server: GitServer, request: pytest.FixtureRequest) -> GitRepository:
    name = f"resolve-{request.node.name.replace('[', '-').replace(']', '').replace('/', '-')}"
    return git_server.create(name, {"Dockerfile": "FROM scratch\n"})


@pytest.mark.parametrize(
    "ref",
    [
        "HEAD",
        "main",
        "refs/heads/main",
        "dev",
        "refs/heads/dev",
        "feature/main",
        "v1",
        "deadbeef",
        "both",
    ],
)
async def test_a_ref_is_resolved_as_it_is_fetched(
    repository: GitRepository, fetcher: Fetcher, fetch: Fetch, ref: str
) -> None:
    repository.commit({"a": "1"}, branch="dev", tag="v1")
    repository.commit({"a": "2"}, branch="both")
    repository.commit({"a": "3"}, branch="feature/main", tag="both")
    repository.commit({"a": "4"}, branch="deadbeef")

    resolved = await fetcher.resolve("env", repo_url=repository.url, ref=ref)

    assert resolved == (await fetch(repository.url, ref)).commit


async def test_an_annotated_tag_stands_for_its_commit(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    git("tag", "-a", "v2", "-m", "Two", cwd=repository.path)
    git("tag", "-a", "v2-again", "-m", "The tag of a tag", "v2", cwd=repository.path)
    for tag in ("v2", "refs/tags/v2", "v2-again"):
        assert await fetcher.resolve("env", repo_url=repository.url, ref=tag) == repository.head


async def test_a_commit_stands_for_itself_and_a_shortened_one_cannot_move(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    older = repository.head
    repository.commit({"a": "1"})
    assert await fetcher.resolve("env", repo_url=repository.url, ref=older) == older
    assert await fetcher.resolve("env", repo_url=repository.url, ref=older[:7]) is None


async def test_a_branch_that_is_gone_is_said_to_be_gone(
    repository: GitRepository, fetcher: Fetcher
) -> None:
    with pytest.raises(FetchFailed, match="no branch or tag 'dvelop': try 'main'"):
        await fetcher.resolve("env", repo_url=repository.url, ref="dvelop")


async def test_an_empty_repository_says_what_to_do(
    git_server: GitServer, fetcher: Fetcher, repository: GitRepository
) -> None:
    git("update-ref", "-d", "refs/heads/main", cwd=repository.path)
    with pytest.raises(FetchFailed, match="push one"):
        await fetcher.resolve("env", repo_url=repository.url, ref="HEAD")
    with pytest.raises(FetchFailed, match="push a first commit"):
        await fetcher.resolve("env", repo_url=repository.url, ref="main")


@pytest.mark.parametrize(
    ("repo_url", "reason"),
    [
        ("http://127.0.0.1:9/owner/repository", "cannot be reached"),
        ("http://host.invalid/owner/repository", "is unknown"),
        ("file:///srv/repository", "must start with one of"),
    ],
)
async def test_a_repository_that_cannot_be_read_says_why(
    fetcher: Fetcher, repo_url: str, reason: str
) -> None:
    with pytest.raises(FetchFailed, match=reason):
        await fetcher.resolve("env", repo_url=repo_url, ref="HEAD")


async def test_nothing_is_left_behind(
    repository: GitRepository, fetcher: Fetcher, open_folder: Path
) -> None:
    await fetcher.resolve("env", repo_url=repository.url, ref="HEAD")
    assert list((open_folder / "work").iterdir()) == []
