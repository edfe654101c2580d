"""Repositories are looked at by themselves, and rebuilt when they have moved, and only then."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from dev.git_server import GitRepository, GitServer, git, serve_git
from tests.live.conftest import make_deployment
from tests.live.service import Client, Deployment, eventually

#: The intervals of this deployment in seconds; an hour takes one, a day stays out of reach.
HOURLY = 1.0
SETTINGS = f"""
c.Moves.hourly_interval = {HOURLY}
c.Moves.retry_interval = 1.0
c.Rebuilder.timeout = 60.0
"""


@pytest.fixture(scope="module")
def deployment(hub_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A service whose hours are short."""
    folder = tmp_path_factory.mktemp("deployment-schedule")
    with make_deployment(folder, hub_address, service_extra=SETTINGS) as live:
        yield live


@pytest.fixture(autouse=True)
def no_schedule_afterwards(builder: Client) -> Iterator[None]:
    """So that the tests to come have the service for themselves."""
    yield
    for environment in builder.get("api/environments?limit=500").json()["items"]:
        if environment["schedule"] != "never":
            builder.patch(f"api/environments/{environment['name']}", {"schedule": "never"})


def push(builder: Client, name: str) -> requests.Response:
    """Tell of a push as GitLab does."""
    secret = builder.get(f"api/environments/{name}/webhook").json()["secret"]
    headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": secret}
    return Client(builder.url, None).request("POST", f"api/hooks/{name}", headers=headers)


def builds(builder: Client, name: str) -> list[dict[str, Any]]:
    return builder.get(f"api/environments/{name}/builds").json()["items"]


def looked_at(builder: Client, name: str, *, times: int = 1) -> dict[str, Any]:
    """The environment after its repository was looked at so many times more."""
    for _ in range(times):
        before = builder.environment(name)["checked_at"]
        eventually(lambda before=before: builder.environment(name)["checked_at"] != before)
    return builder.environment(name)


def newer_build(builder: Client, environment: dict[str, Any]) -> dict[str, Any]:
    """The end of the build that follows the environment's last one."""
    before = environment["last_build"]["id"]
    last = eventually(
        lambda: (
            builder.environment(environment["name"])["last_build"]["id"] - before
            and builder.environment(environment["name"])["last_build"]["id"]
        )
    )
    return builder.ended(last)


@pytest.mark.long
def test_by_default_nobody_looks(builder: Client, repository: GitRepository) -> None:
    environment = builder.built(builder.add(repository.url))
    assert environment["schedule"] == "never"
    repository.commit({"new": "x"})
    time.sleep(2 * HOURLY)
    after = builder.environment(environment["name"])
    assert after["checked_at"] is None
    assert after["last_build"]["id"] == environment["last_build"]["id"]


def test_a_repository_is_rebuilt_when_it_has_moved_and_only_then(
    builder: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url, schedule="hourly"))
    looked_at(builder, environment["name"], times=2)
    assert len(builds(builder, environment["name"])) == 1
    commit = repository.commit({"new": "x"})
    build = newer_build(builder, environment)
    assert build["status"] == "built"
    assert build["trigger"] == "schedule"
    assert build["resolved_ref"] == commit
    after = looked_at(builder, environment["name"], times=2)
    assert after["current_build"]["id"] == build["id"]
    assert len(builds(builder, environment["name"])) == 2


@pytest.mark.long
def test_looks_keep_their_distance(builder: Client, repository: GitRepository) -> None:
    environment = builder.built(builder.add(repository.url, schedule="hourly"))
    looked_at(builder, environment["name"])
    began = time.monotonic()
    looked_at(builder, environment["name"], times=3)
    assert time.monotonic() - began > 2 * HOURLY


@pytest.mark.long
def test_a_schedule_begins_and_ends_with_a_change(
    builder: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url))
    path = f"api/environments/{environment['name']}"
    assert builder.patch(path, {"schedule": "hourly"}).json()["schedule"] == "hourly"
    looked_at(builder, environment["name"])
    assert builder.patch(path, {"schedule": "never"}).json()["schedule"] == "never"
    time.sleep(HOURLY)
    before = builder.environment(environment["name"])["checked_at"]
    repository.commit({"new": "x"})
    time.sleep(2 * HOURLY)
    after = builder.environment(environment["name"])
    assert after["checked_at"] == before
    assert after["last_build"]["id"] == environment["last_build"]["id"]
    for wrong in ("weekly", "", None, 1):
        answer = builder.patch(path, {"schedule": wrong})
        assert answer.status_code == 400
        assert "schedule" in answer.text


@pytest.mark.parametrize(
    "pin",
    [
        "commit",
        pytest.param("short commit", marks=pytest.mark.long),
        pytest.param("tag", marks=pytest.mark.long),
    ],
)
def test_what_is_pinned_is_not_rebuilt(
    builder: Client, repository: GitRepository, pin: str
) -> None:
    git("tag", "-a", "v1", "-m", "One", cwd=repository.path)
    head = repository.head
    ref = {"commit": head, "short commit": head[:8], "tag": "v1"}[pin]
    environment = builder.built(builder.add(repository.url, ref=ref, schedule="hourly"))
    repository.commit({"new": "x"})
    after = looked_at(builder, environment["name"], times=2)
    assert after["check_error"] is None
    assert len(builds(builder, environment["name"])) == 1


@pytest.mark.long
def test_a_tag_that_moves_is_rebuilt(builder: Client, repository: GitRepository) -> None:
    git("tag", "-a", "v1", "-m", "One", cwd=repository.path)
    environment = builder.built(builder.add(repository.url, ref="v1", schedule="hourly"))
    commit = repository.commit({"new": "x"})
    git("tag", "-f", "-a", "v1", "-m", "Again", cwd=repository.path)
    assert newer_build(builder, environment)["resolved_ref"] == commit


def test_a_branch_that_is_gone_is_noted_and_comes_back(
    builder: Client, repository: GitRepository
) -> None:
    commit = repository.commit({"new": "x"}, branch="course")
    environment = builder.built(builder.add(repository.url, ref="course", schedule="hourly"))
    git("update-ref", "-d", "refs/heads/course", cwd=repository.path)
    gone = eventually(lambda: _with_error(builder, environment["name"]))
    assert "no branch or tag 'course'" in gone["check_error"]
    assert gone["status"] == "ready"
    assert gone["current_build"] == environment["current_build"]
    git("update-ref", "refs/heads/course", commit, cwd=repository.path)
    eventually(lambda: builder.environment(environment["name"])["check_error"] is None)
    assert len(builds(builder, environment["name"])) == 1


def _with_error(builder: Client, name: str) -> dict[str, Any] | None:
    environment = builder.environment(name)
    return environment if environment["check_error"] else None


@pytest.mark.long
def test_a_host_that_is_away_is_noted_and_looked_at_again(
    builder: Client,
    deployment: Deployment,
    singleuser_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    files = {"Dockerfile": f"FROM {singleuser_image}\nRUN echo {uuid4().hex}\n"}
    with serve_git(tmp_path_factory.mktemp("git-server")) as server:
        port = int(server.address.rpartition(":")[2])
        repository = server.create("course", files)
        environment = builder.built(builder.add(repository.url, schedule="hourly"))
    away = eventually(lambda: _with_error(builder, environment["name"]))
    assert "cannot be reached" in away["check_error"]
    assert away["status"] == "ready"
    assert environment["name"] in deployment.hub.log_path.read_text()
    with serve_git(tmp_path_factory.mktemp("git-server"), port=port) as server:
        moved = server.create("course", {**files, "new": "x"})
        build = newer_build(builder, environment)
    assert build["resolved_ref"] == moved.head
    assert builder.environment(environment["name"])["check_error"] is None


@pytest.mark.long
def test_a_private_repository_is_looked_at_with_what_is_remembered(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    files = {"Dockerfile": f"FROM {singleuser_image}\nRUN echo {uuid4().hex}\n"}
    login = {"username": "ada", "password": "s3cret", "remember": True}
    repository = git_server.create(f"private-{uuid4().hex[:8]}", files, private=("ada", "s3cret"))
    environment = builder.add(repository.url, schedule="hourly", credentials=login)
    environment = looked_at(builder, builder.built(environment)["name"])
    assert environment["check_error"] is None
    commit = repository.commit({"new": "x"})
    assert newer_build(builder, environment)["resolved_ref"] == commit
    builder.patch(f"api/environments/{environment['name']}", {"credentials": None})
    forgotten = eventually(lambda: _with_error(builder, environment["name"]))
    assert "asks for a login" in forgotten["check_error"]
    assert forgotten["status"] == "ready"


@pytest.mark.long
def test_a_commit_that_fails_is_built_once(builder: Client, repository: GitRepository) -> None:
    environment = builder.built(builder.add(repository.url, schedule="hourly"))
    repository.commit({"Dockerfile": "FROM registry.invalid/no/such:image\n"})
    assert newer_build(builder, environment)["status"] == "failed"
    after = looked_at(builder, environment["name"], times=3)
    assert len(builds(builder, environment["name"])) == 2
    assert after["status"] == "ready"


@pytest.mark.long
def test_a_commit_that_cannot_be_fetched_is_built_once(
    builder: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url, schedule="hourly"))
    modules = '[submodule "gone"]\n\tpath = gone\n\turl = http://127.0.0.1:9/gone.git\n'
    repository.commit({".gitmodules": modules})
    work_tree = repository.path.parent.parent / "work-trees" / repository.path.stem
    entry = f"160000,{repository.head},gone"
    git("update-index", "--add", "--cacheinfo", entry, cwd=work_tree)
    git("commit", "--quiet", "--message", "A submodule", cwd=work_tree)
    git("push", "--quiet", repository.path, "main", cwd=work_tree)
    eventually(lambda: builder.environment(environment["name"])["status"] == "ready")
    looked_at(builder, environment["name"], times=4)
    tried = builds(builder, environment["name"])
    assert tried[0]["status"] == "failed"
    assert "submodule" in tried[0]["error"]
    assert len([build for build in tried if build["resolved_ref"] == repository.head]) == 1


@pytest.mark.long
def test_a_schedule_outlives_a_restart(
    builder: Client, deployment: Deployment, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url, schedule="hourly"))
    seen = looked_at(builder, environment["name"])["checked_at"]
    deployment.hub.stop()
    commit = repository.commit({"new": "x"})
    deployment.restart()
    assert builder.environment(environment["name"])["checked_at"] >= seen
    build = newer_build(builder, environment)
    assert (build["trigger"], build["resolved_ref"]) == ("schedule", commit)


@pytest.mark.long
def test_a_push_during_a_build_outlives_the_service(
    builder: Client, deployment: Deployment, git_server: GitServer, singleuser_image: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nRUN echo {uuid4().hex} && sleep 5\n"
    repository = git_server.create(f"killed-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    environment = builder.add(repository.url)
    eventually(lambda: builder.build(environment["last_build"]["id"])["status"] == "building")
    commit = repository.commit({"new": "x"})
    assert push(builder, environment["name"]).status_code == 202
    os.kill(deployment.service_pid(), signal.SIGKILL)
    deployment.hub.stop()  # which would start it again within half a minute
    deployment.restart()
    build = newer_build(builder, environment)
    assert (build["status"], build["resolved_ref"]) == ("built", commit)
    assert builder.environment(environment["name"])["current_build"]["id"] == build["id"]


@pytest.mark.long
def test_a_push_whose_repository_cannot_be_read_is_tried_again(
    builder: Client, git_server: GitServer, repository: GitRepository
) -> None:
    """Also without a schedule."""
    environment = builder.built(builder.add(repository.url))
    name = repository.path.stem
    git_server.accounts[name] = ("somebody", "else")
    commit = repository.commit({"new": "x"})
    answer = push(builder, environment["name"])
    assert answer.status_code == 202
    assert answer.json()["build"] is None
    assert "login" in builder.environment(environment["name"])["check_error"]
    del git_server.accounts[name]
    build = newer_build(builder, environment)
    assert (build["trigger"], build["resolved_ref"]) == ("webhook", commit)
