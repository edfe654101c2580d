"""Private repositories through the API: credentials for one build, or remembered, or forgotten."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from dev.git_server import GitRepository, GitServer
from tests.live.service import Client, Deployment, eventually

LOGIN = {"username": "ada", "password": "s3cret"}
REMEMBERED = {**LOGIN, "remember": True}


@pytest.fixture
def private(git_server: GitServer, singleuser_image: str) -> GitRepository:
    return git_server.create(
        f"private-{uuid4().hex[:8]}",
        {"Dockerfile": f"FROM {singleuser_image}\n", "README.md": "# Private\n"},
        private=("ada", "s3cret"),
    )


def rebuilt(builder: Client, environment: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The build that was asked for, once it has ended."""
    answer = builder.post(f"api/environments/{environment['name']}/builds", fields)
    assert answer.status_code == 202, answer.text
    return builder.ended(answer.json()["id"])


def changed(builder: Client, environment: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = builder.patch(f"api/environments/{environment['name']}", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_credentials_are_for_one_build_unless_they_are_remembered(
    builder: Client, private: GitRepository
) -> None:
    environment = builder.built(builder.add(private.url, credentials=LOGIN))
    assert environment["has_credentials"] is False
    assert "asks for a login" in rebuilt(builder, environment)["error"]
    assert rebuilt(builder, environment, credentials=LOGIN)["status"] == "built"
    assert "asks for a login" in rebuilt(builder, environment)["error"]


def test_remembered_credentials_are_for_all_builds_until_they_are_forgotten(
    builder: Client, private: GitRepository
) -> None:
    environment = builder.built(builder.add(private.url, credentials=REMEMBERED))
    assert environment["has_credentials"] is True
    assert rebuilt(builder, environment)["status"] == "built"
    assert changed(builder, environment, description="New")["has_credentials"] is True
    assert changed(builder, environment, credentials=None)["has_credentials"] is False
    assert "asks for a login" in rebuilt(builder, environment)["error"]


def test_credentials_are_forgotten_with_the_host(builder: Client, private: GitRepository) -> None:
    environment = builder.built(builder.add(private.url, credentials=REMEMBERED))
    elsewhere = private.url.replace("127.0.0.1", "localhost")
    assert changed(builder, environment, repo_url=elsewhere)["has_credentials"] is False
    assert changed(builder, environment, repo_url=private.url)["has_credentials"] is False
    assert "asks for a login" in rebuilt(builder, environment)["error"]


def test_an_address_with_a_login_is_kept_without_it(
    builder: Client, private: GitRepository
) -> None:
    typed = private.url.replace("http://", "http://ada:s3cret@")
    environment = builder.built(builder.add(typed))
    assert environment["repo_url"] == private.url


@pytest.mark.long
def test_credentials_for_one_build_survive_a_restart_of_the_service(
    deployment: Deployment, builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nRUN sleep 5 && echo {uuid4().hex}\n"
    name = f"private-{uuid4().hex[:8]}"
    slow = git_server.create(name, {"Dockerfile": dockerfile}, private=("ada", "s3cret"))
    build = builder.add(slow.url, credentials=LOGIN)["last_build"]["id"]
    eventually(lambda: builder.build(build)["status"] == "building")
    deployment.restart()
    resumed = builder.ended(build)
    assert (resumed["status"], resumed["trigger"]) == ("built", "resume")


@pytest.mark.parametrize(
    ("url", "credentials", "reason"),
    [
        ("ssh://git@host.example/x", LOGIN, "an ssh address needs an SSH key"),
        ("https://host.example/x", {"ssh_key": "s3cret"}, "whole private key"),
        ("https://host.example/x", {"username": "ada"}, "either username and password"),
    ],
)
def test_credentials_that_cannot_work_are_refused_at_once(
    builder: Client, url: str, credentials: dict[str, str], reason: str
) -> None:
    request = {"name": "unfit", "repo_url": url, "credentials": credentials}
    answer = builder.post("api/environments", request)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"].startswith("credentials")
    assert reason in error["message"]
    assert "s3cret" not in answer.text
