"""Denied by default: who may do what is decided by the scopes of the token, not by its owner."""

from __future__ import annotations

import itertools
import re

import pytest
import requests

from dev.git_server import GitRepository
from dev.server_sent_events import read_events
from tests.live.service import ADMIN, BUILDER, STUDENT, Client, Deployment

ACCESS = "access:services!service=envbuilder"


@pytest.fixture
def environment(builder: Client, repository: GitRepository) -> dict:
    return builder.built(builder.add(repository.url, visibility={"users": [STUDENT, "smuggler"]}))


def test_nobody_is_let_in_without_a_token(deployment: Deployment) -> None:
    nobody = deployment.client(None)
    for method, path in [
        ("GET", "api/environments"),
        ("POST", "api/environments"),
        ("GET", "api/openapi.json"),
    ]:
        assert nobody.request(method, path).status_code == 401
    wrong = Client(deployment.url, "0" * 32)
    assert wrong.get("api/environments").status_code == 401


def test_an_admins_token_without_access_is_refused(deployment: Deployment) -> None:
    narrow = deployment.client(ADMIN, scopes=["read:users:name!user"])
    assert narrow.get("api/environments").status_code == 403


def test_an_admins_narrow_token_stays_narrow(
    deployment: Deployment, environment: dict, repository: GitRepository
) -> None:
    narrow = deployment.client(ADMIN, scopes=[ACCESS, "self"])
    path = f"api/environments/{environment['name']}"
    request = {"name": "not-allowed", "repo_url": repository.url}
    assert narrow.post("api/environments", request).status_code == 403
    assert narrow.get(path).status_code == 404
    assert narrow.delete(path).status_code == 404


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


def test_adding_needs_the_build_scope(student: Client, repository: GitRepository) -> None:
    answer = student.post("api/environments", {"name": "not-allowed", "repo_url": repository.url})
    assert answer.status_code == 403
    assert "custom:envbuilder:build" in answer.json()["message"]


def test_who_sees_an_environment_may_not_manage_it(student: Client, environment: dict) -> None:
    path = f"api/environments/{environment['name']}"
    build = environment["current_build"]["id"]
    assert student.get(path).status_code == 200
    assert student.get(f"api/builds/{build}").status_code == 200
    assert student.patch(path, {"description": "x"}).status_code == 403
    assert student.delete(path).status_code == 403
    assert student.post(f"{path}/builds").status_code == 403
    assert student.post(f"{path}/rollback", {"build": build}).status_code == 403
    assert student.post(f"api/builds/{build}/cancel").status_code == 403


def test_what_one_may_not_see_is_not_there(deployment: Deployment, environment: dict) -> None:
    other = deployment.client("other-builder")
    path = f"api/environments/{environment['name']}"
    build = environment["current_build"]["id"]
    missing = other.get("api/environments/no-such-environment")
    for answer in [
        other.get(path),
        other.patch(path, {"description": "x"}),
        other.delete(path),
        other.get(f"{path}/builds"),
        other.post(f"{path}/builds"),
        other.get(f"api/builds/{build}"),
        other.get(f"api/builds/{build}/log"),
        other.post(f"api/builds/{build}/cancel"),
        other.post("api/servers", {"environment": environment["name"]}),
    ]:
        assert answer.status_code == missing.status_code == 404
    listed = other.get("api/environments", params={"q": environment["name"]}).json()
    assert listed == {"items": [], "total": 0}


def test_only_the_hub_may_ask_what_a_choice_means(admin: Client, environment: dict) -> None:
    user = {"name": "victim", "groups": [], "admin": True}
    assert admin.post("api/launch/options", {"user": user}).status_code == 403
    request = {"user": user, "environment": environment["name"]}
    assert admin.post("api/launch/resolve", request).status_code == 403


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


class Browser:
    """Somebody who has logged in to the Hub with a password, as browsers do."""

    def __init__(self, deployment: Deployment, user: str) -> None:
        self.session = requests.Session()
        self._deployment = deployment
        login = deployment.hub.url + "hub/login"
        page = self.session.get(login, timeout=30)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
        form = {"username": user, "password": deployment.password, "_xsrf": xsrf}
        answer = self.session.post(login, data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        # The first visit goes through the Hub's OAuth and back.
        self.page = self.session.get(deployment.url, timeout=30)
        assert self.page.url == deployment.url, self.page.url

    @property
    def xsrf(self) -> str:
        prefix = f"/services/{self._deployment.service_name}/"
        [cookie] = [c for c in self.session.cookies if c.name == "_xsrf" and prefix in c.path]
        return cookie.value

    def post(self, path: str, **kwargs: object) -> requests.Response:
        return self.session.post(self._deployment.url + path, timeout=30, **kwargs)


def test_a_browser_is_logged_in_through_the_hub(deployment: Deployment, environment: dict) -> None:
    browser = Browser(deployment, STUDENT)
    assert f'<span class="me-1">{STUDENT}</span>' in browser.page.text
    seen = browser.session.get(
        deployment.url + f"api/environments/{environment['name']}",
        headers={"X-XSRFToken": browser.xsrf},
        timeout=30,
    )
    assert seen.json()["name"] == environment["name"]


def test_a_write_by_cookie_needs_the_hubs_xsrf_token(
    deployment: Deployment, repository: GitRepository
) -> None:
    browser = Browser(deployment, BUILDER)
    request = {"name": f"by-cookie-{repository.head[:7]}", "repo_url": repository.url}
    without = browser.post("api/environments", json=request)
    assert without.status_code == 403
    assert "_xsrf" in without.json()["message"]
    wrong = browser.post("api/environments", json=request, headers={"X-XSRFToken": "x" * 40})
    assert wrong.status_code == 403
    stranger = Browser(deployment, STUDENT)
    theirs = browser.post("api/environments", json=request, headers={"X-XSRFToken": stranger.xsrf})
    assert theirs.status_code == 403
    right = browser.post("api/environments", json=request, headers={"X-XSRFToken": browser.xsrf})
    assert right.status_code == 202, right.text
    deployment.client(BUILDER).built(right.json())


def test_a_browser_without_the_scope_may_not_add(
    deployment: Deployment, repository: GitRepository
) -> None:
    browser = Browser(deployment, STUDENT)
    request = {"name": "not-allowed", "repo_url": repository.url}
    answer = browser.post("api/environments", json=request, headers={"X-XSRFToken": browser.xsrf})
    assert answer.status_code == 403


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
