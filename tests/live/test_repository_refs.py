"""Branches and tags of a repository, for the form in which somebody names one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dev.git_server import GitRepository, GitServer
from tests.live.service import Client, Deployment

LOGIN = {"username": "ada", "password": "s3cret"}
PATH = "api/repository/refs"


@pytest.fixture
def private(git_server: GitServer, singleuser_image: str) -> GitRepository:
    return git_server.create(
        f"private-{uuid4().hex[:8]}",
        {"Dockerfile": f"FROM {singleuser_image}\n"},
        private=("ada", "s3cret"),
    )


def test_branches_and_tags_are_listed(builder: Client, repository: GitRepository) -> None:
    repository.commit({"a": "1"}, branch="dev", tag="v10")
    repository.commit({"a": "2"}, tag="v9")
    answer = builder.post(PATH, {"repo_url": repository.url})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "default_branch": "main",
        "branches": ["dev", "main"],
        "tags": ["v9", "v10"],
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("repo_url", "sentence"),
    [
        ("http://127.0.0.1:1/nothing", "cannot be reached"),
        ("http://no-such-host.invalid/repository", "unknown"),
        ("file:///etc", "must start with one of"),
        ("git://127.0.0.1/repository", "must start with one of"),
        ("ext::sh -c id", "must be"),
        ("--upload-pack=id", "must"),
        ("", "at least 1"),
    ],
)
def test_a_repository_that_cannot_be_read_is_a_sentence_for_that_field(
    builder: Client, repo_url: str, sentence: str
) -> None:
    answer = builder.post(PATH, {"repo_url": repo_url})
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == "repo_url"
    assert sentence in error["message"]
    assert "\n" not in error["message"]


def test_looking_needs_the_right_to_build(
    deployment: Deployment, student: Client, repository: GitRepository
) -> None:
    assert student.post(PATH, {"repo_url": repository.url}).status_code == 403
    scopes = ["access:services!service=envbuilder", "self"]
    narrow = deployment.client("admin", scopes=scopes)
    assert narrow.post(PATH, {"repo_url": repository.url}).status_code == 403


def test_a_private_repository_is_read_with_what_is_sent(
    builder: Client, private: GitRepository
) -> None:
    without = builder.post(PATH, {"repo_url": private.url})
    assert without.status_code == 400
    assert "asks for a login" in without.json()["message"]
    right = builder.post(PATH, {"repo_url": private.url, "credentials": LOGIN})
    assert right.json()["branches"] == ["main"]
    typed = private.url.replace("http://", "http://ada:s3cret@")
    assert builder.post(PATH, {"repo_url": typed}).json()["branches"] == ["main"]
    wrong = builder.post(PATH, {"repo_url": typed.replace("s3cret", "wr0ng")})
    assert wrong.status_code == 400
    assert "refuses the login" in wrong.json()["message"]
    assert "wr0ng" not in wrong.text
    both = builder.post(PATH, {"repo_url": typed, "credentials": LOGIN})
    assert both.status_code == 400
    assert "s3cret" not in both.text
    key = {"username": "ada"}
    assert builder.post(PATH, {"repo_url": private.url, "credentials": key}).status_code == 400


def test_what_an_environment_remembers_is_used_by_those_who_manage_it(
    deployment: Deployment, builder: Client, private: GitRepository, git_server: GitServer
) -> None:
    environment = builder.built(builder.add(private.url, credentials={**LOGIN, "remember": True}))[
        "name"
    ]
    request = {"repo_url": private.url, "environment": environment}
    assert builder.post(PATH, request).json()["branches"] == ["main"]
    assert deployment.client("admin").post(PATH, request).json()["branches"] == ["main"]

    # Who sees it, and may build, may not use what it remembers.
    other = deployment.client("other-builder")
    assert other.post(PATH, request).status_code == 403
    hidden = {"visibility": {"users": ["nobody-else"]}}
    assert builder.patch(f"api/environments/{environment}", hidden).status_code == 200
    assert other.post(PATH, request).status_code == 404
    missing = {**request, "environment": "no-such-environment"}
    assert builder.post(PATH, missing).status_code == 404

    # Another host, or another port, gets nothing of it.
    git_server.authorizations.clear()
    elsewhere = private.url.replace("127.0.0.1", "localhost")
    answer = builder.post(PATH, {"repo_url": elsewhere, "environment": environment})
    assert answer.status_code == 400
    assert "asks for a login" in answer.json()["message"]
    assert git_server.authorizations == []

    # What is sent comes first.
    sent = {**request, "credentials": {**LOGIN, "password": "wr0ng"}}
    assert "refuses the login" in builder.post(PATH, sent).json()["message"]
