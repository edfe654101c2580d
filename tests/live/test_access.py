"""What refusals say, and when rights end; who may do what is in test_access_matrix.py."""

from __future__ import annotations

import itertools
from uuid import uuid4

import pytest

from dev.git_server import GitRepository, GitServer
from dev.server_sent_events import read_events
from tests.live.access_callers import ACCESS
from tests.live.browser import Browser
from tests.live.service import BUILDER, STUDENT, Client, Deployment, eventually


@pytest.fixture
def environment(builder: Client, repository: GitRepository) -> dict:
    return builder.built(builder.add(repository.url, visibility={"users": [STUDENT, "smuggler"]}))


@pytest.mark.long
def test_a_revoked_token_changes_nothing_more(
    deployment: Deployment, repository: GitRepository
) -> None:
    revoked = deployment.client(BUILDER, scopes=[ACCESS, "custom:envbuilder:build", "self"])
    assert revoked.get("api/environments").status_code == 200
    tokens = deployment.hub.api("GET", f"users/{BUILDER}/tokens").json()["api_tokens"]
    newest = max(tokens, key=lambda token: token["created"])
    assert deployment.hub.api("DELETE", f"users/{BUILDER}/tokens/{newest['id']}").ok
    request = {"name": "not-allowed", "repo_url": repository.url}
    assert revoked.post("api/environments", request).status_code == 401


def test_who_may_no_longer_see_an_environment_is_told_that_it_is_gone(
    builder: Client, student: Client, environment: dict
) -> None:
    path = f"api/environments/{environment['name']}"
    with student.get("api/events", stream=True) as answer:
        hidden = {"visibility": {"users": ["somebody-else"]}}
        assert builder.patch(path, hidden).status_code == 200
        builder.ended(builder.post(f"{path}/builds").json()["id"])
        shown = {"visibility": {"users": [STUDENT]}}
        assert builder.patch(path, shown).status_code == 200
        events = read_events(answer)
        ours = (event for event in events if event.data["environment"] == environment["name"])
        assert [event.name for event in itertools.islice(ours, 2)] == ["deleted", "environment"]


def test_who_may_no_longer_see_an_environment_reads_no_more_of_its_log(
    builder: Client, student: Client, git_server: GitServer, singleuser_image: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nRUN echo {uuid4().hex} && sleep 100\n"
    repository = git_server.create(f"log-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    environment = builder.add(repository.url)
    build, path = environment["last_build"]["id"], f"api/environments/{environment['name']}"
    followed = student.events(build)
    eventually(lambda: builder.build(build)["status"] == "building")
    assert next(followed)
    hidden = {"visibility": {"users": ["somebody-else"]}}
    assert builder.patch(path, hidden).status_code == 200
    seen = list(followed)
    # It has not come to its end: it was cut off.
    assert builder.build(build)["status"] == "building"
    assert {"status": "built"} not in [event.data for event in seen]
    assert builder.post(f"api/builds/{build}/cancel").status_code == 202


def test_who_may_not_add_is_told_which_scope_is_missing(
    student: Client, repository: GitRepository
) -> None:
    answer = student.post("api/environments", {"name": "not-allowed", "repo_url": repository.url})
    assert answer.status_code == 403
    assert "custom:envbuilder:build" in answer.json()["message"]


def test_a_browser_is_told_that_its_xsrf_token_is_missing(deployment: Deployment) -> None:
    answer = Browser(deployment, BUILDER).post("api/environments", json={})
    assert answer.status_code == 403
    assert "_xsrf" in answer.json()["message"]


def test_a_user_cannot_name_an_image_or_a_limit(deployment: Deployment, environment: dict) -> None:
    name = environment["name"]
    for options in [
        {"environment": name, "profile": "Small", "image": "debian"},
        {"environment": name, "profile": "Small", "mem_limit": 2**40},
        {"environment": "../other", "profile": "Small"},
        {"environment": name, "profile": "Enormous"},
        {"environment": 1},
        {},
    ]:
        answer = deployment.start_server("smuggler", options)
        assert answer.status_code in {400, 403, 404}, (options, answer.text)
        assert "Traceback" not in answer.text
        assert not any(server["pending"] for server in deployment.servers("smuggler").values())


def test_what_one_may_not_see_one_cannot_launch(deployment: Deployment, environment: dict) -> None:
    answer = deployment.start_server("stranger", {"environment": environment["name"]})
    assert answer.status_code >= 400
    assert "There is no environment" in answer.text


def test_a_server_name_with_dots_reaches_nobody_elses_server(deployment: Deployment) -> None:
    stranger = deployment.client("stranger")
    for name in ["../../student/server", "..%2f..%2fstudent%2fserver", "%2e%2e"]:
        assert stranger.delete(f"api/servers/{name}").status_code == 404
    answer = stranger.post("api/servers", {"environment": "x", "server_name": "../student"})
    assert answer.status_code == 400


def test_a_browser_is_logged_in_through_the_hub(deployment: Deployment, environment: dict) -> None:
    browser = Browser(deployment, STUDENT)
    assert f'<span class="me-1">{STUDENT}</span>' in browser.page.text
    seen = browser.session.get(
        deployment.url + f"api/environments/{environment['name']}",
        headers={"X-XSRFToken": browser.xsrf},
        timeout=30,
    )
    assert seen.json()["name"] == environment["name"]


def test_a_person_starts_and_stops_a_server_with_their_own_login(
    deployment: Deployment, environment: dict
) -> None:
    browser = Browser(deployment, STUDENT)
    request = {"environment": environment["name"], "server_name": "by-cookie"}
    answer = browser.post("api/servers", json=request, headers={"X-XSRFToken": browser.xsrf})
    assert answer.status_code == 202, answer.text
    deployment.wait_for_server(STUDENT, server_name="by-cookie")
    stopped = browser.session.delete(
        deployment.url + "api/servers/by-cookie", headers={"X-XSRFToken": browser.xsrf}, timeout=60
    )
    assert stopped.status_code == 204, stopped.text
