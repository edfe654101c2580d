"""A person's own servers: what they are, what they use, how they start, and what they keep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests

from dev.git_server import GitRepository
from dev.server_sent_events import Event, read_events
from tests.live.service import Client, Deployment, eventually
from tests.live.test_access import Browser


@pytest.fixture
def environment(builder: Client, repository: GitRepository) -> dict[str, Any]:
    return builder.built(builder.add(repository.url, display_name="A course"))


@pytest.fixture
def person(deployment: Deployment) -> Iterator[Client]:
    """Somebody whose servers are gone after the test."""
    person = deployment.client(f"person-{uuid4().hex[:8]}")
    yield person
    for name in deployment.servers(person.name):
        person.delete(f"api/servers/{name}")
    eventually(lambda: not deployment.servers(person.name))


def start(deployment: Deployment, person: Client, name: str, server_name: str = "") -> None:
    request = {"environment": name, "server_name": server_name, "profile": "Medium"}
    answer = person.post("api/servers", request)
    assert answer.status_code == 202, answer.text
    deployment.wait_for_server(person.name, server_name=server_name)


def servers(person: Client) -> list[dict[str, Any]]:
    answer = person.get("api/servers")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def follow(person: Client, server_name: str = "") -> list[Event]:
    """All events of a start, to their end."""
    parameters = {"server_name": server_name}
    with person.get("api/server-progress", params=parameters, stream=True) as answer:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        return list(read_events(answer))


def test_a_server_is_shown_with_what_it_is_and_what_it_uses(
    deployment: Deployment, person: Client, environment: dict[str, Any]
) -> None:
    assert servers(person) == []
    start(deployment, person, environment["name"])
    start(deployment, person, environment["name"], "second")
    # The engine has a few seconds to say what they use.
    first, second = eventually(
        lambda: (found := servers(person)) and all(one["memory_used"] for one in found) and found
    )
    assert (first["server_name"], second["server_name"]) == ("", "second")
    assert first["url"] == f"/user/{person.name}/"
    assert second["url"] == f"/user/{person.name}/second/"
    build = environment["current_build"]
    expected = {
        "ready": True,
        "pending": None,
        "environment": environment["name"],
        "display_name": "A course",
        "profile": "Medium",
        "build": build["id"],
        "resolved_ref": build["resolved_ref"],
        "outdated": False,
        "mem_limit": 2**30,
        "cpu_limit": 1.5,
    }
    for server in (first, second):
        assert {key: server[key] for key in expected} == expected
        assert server["started_at"].endswith("Z")
        assert 2**20 < server["memory_used"] < 2**30
        assert 0 <= server["cpu_used"] <= 2


@pytest.mark.long
def test_a_server_is_outdated_once_its_environment_has_another_build(
    deployment: Deployment, builder: Client, person: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url))
    name, old = environment["name"], environment["current_build"]
    start(deployment, person, name)
    # From the same image, which is shared: the server keeps its build's number nevertheless.
    builder.ended(builder.post(f"api/environments/{name}/builds").json()["id"])
    [server] = servers(person)
    assert (server["build"], server["outdated"]) == (old["id"], True)
    rollback = builder.post(f"api/environments/{name}/rollback", {"build": old["id"]})
    assert rollback.status_code == 200, rollback.text
    assert servers(person)[0]["outdated"] is False


@pytest.mark.long
def test_of_an_environment_that_is_hidden_by_now_only_the_name_is_shown(
    deployment: Deployment, builder: Client, person: Client, environment: dict[str, Any]
) -> None:
    start(deployment, person, environment["name"])
    hidden = {"visibility": {"users": ["nobody-else"]}}
    assert builder.patch(f"api/environments/{environment['name']}", hidden).status_code == 200
    [server] = servers(person)
    assert server["environment"] == environment["name"]
    assert server["display_name"] is server["build"] is server["resolved_ref"] is None
    assert server["outdated"] is False
    assert server["memory_used"] > 0


def test_nobody_sees_the_servers_of_others(
    deployment: Deployment,
    admin: Client,
    person: Client,
    environment: dict[str, Any],
    engine: docker.DockerClient,
) -> None:
    start(deployment, person, environment["name"])
    other = deployment.client(f"other-{uuid4().hex[:8]}")
    assert servers(other) == []
    assert all(server["url"].startswith("/user/admin/") for server in servers(admin))
    assert other.get("api/server-progress").status_code == 404
    # Nor does a container show anything to somebody whose name it claims.
    build = environment["current_build"]
    impostor = engine.containers.run(
        build["image"],
        ["sleep", "60"],
        entrypoint="",
        mem_limit=2**29,
        labels={
            "tljh-envbuilder.user": person.name,
            "tljh-envbuilder.server": "",
            "tljh-envbuilder.environment": "something-else",
        },
        detach=True,
    )
    try:
        assert eventually(lambda: servers(person)[0]["mem_limit"]) == 2**30
    finally:
        impostor.remove(force=True)


def test_a_token_that_may_not_see_servers_shows_none(deployment: Deployment) -> None:
    narrow = deployment.client("student", scopes=["access:services!service=envbuilder"])
    answer = narrow.get("api/servers")
    assert answer.status_code in {403, 404}
    assert answer.json()["message"]
    assert narrow.get("api/server-progress").status_code == 404


def test_a_service_has_no_servers(deployment: Deployment) -> None:
    answer = deployment.client(None).get("api/servers")
    assert answer.status_code == 401


@pytest.mark.long
def test_a_start_is_followed_to_its_end(
    deployment: Deployment, person: Client, environment: dict[str, Any]
) -> None:
    for server_name in ["", "second"]:
        request = {"environment": environment["name"], "server_name": server_name}
        assert person.post("api/servers", request).status_code == 202
        [server] = [each for each in servers(person) if each["server_name"] == server_name]
        if not server["ready"]:
            assert server["pending"] == "spawn"
            assert "spawn-pending" in server["url"]
        events = follow(person, server_name)
        assert {event.name for event in events} == {"progress"}
        keys = {"progress", "message", "ready", "failed", "url"}
        assert all(set(event.data) == keys for event in events)
        *before, last = [event.data for event in events]
        assert not any(event["ready"] or event["failed"] for event in before)
        assert (last["ready"], last["progress"]) == (True, 100)
        where = f"{deployment.hub.origin}{last['url']}"
        assert last["url"] == f"/user/{person.name}/{server_name + '/' if server_name else ''}"
        token = {"Authorization": f"token {person.token}"}
        assert requests.get(f"{where}api/status", headers=token, timeout=30).status_code == 200
        # Somebody who comes late is told at once.
        [late] = follow(person, server_name)
        assert late.data["ready"] is True


def test_a_start_that_fails_says_why(
    deployment: Deployment,
    builder: Client,
    person: Client,
    repository: GitRepository,
    engine: docker.DockerClient,
) -> None:
    environment = builder.built(builder.add(repository.url))
    build = environment["current_build"]
    engine.images.remove(build["image_id"], force=True)
    person.post("api/servers", {"environment": environment["name"], "server_name": "broken"})
    events = follow(person, "broken")
    assert events[-1].data["failed"] is True
    assert events[-1].data["url"] is None
    assert "Tell an admin." in events[-1].data["message"]


@pytest.mark.parametrize("server_name", ["", "never-started"])
def test_a_server_that_neither_runs_nor_starts_has_no_progress(
    person: Client, server_name: str
) -> None:
    answer = person.get("api/server-progress", params={"server_name": server_name})
    assert answer.status_code == 404
    assert answer.json()["message"].endswith(".")
    wrong = person.get("api/server-progress", params={"server_name": "../../student/server"})
    assert wrong.status_code == 400


@pytest.mark.long
def test_a_browser_sees_and_follows_servers_with_its_own_login(
    deployment: Deployment, environment: dict[str, Any]
) -> None:
    browser = Browser(deployment, f"browser-{uuid4().hex[:8]}")
    header = {"X-XSRFToken": browser.xsrf}
    request = {"environment": environment["name"]}
    assert browser.post("api/servers", json=request, headers=header).status_code == 202
    url = f"{deployment.url}api/server-progress"
    with browser.session.get(url, stream=True, headers=header, timeout=60) as answer:
        assert answer.status_code == 200, answer.text
        assert list(read_events(answer))[-1].data["ready"] is True
    listed = browser.session.get(f"{deployment.url}api/servers", headers=header, timeout=60)
    assert [server["ready"] for server in listed.json()["items"]] == [True]
    gone = browser.session.delete(f"{deployment.url}api/servers/", headers=header, timeout=60)
    assert gone.status_code == 204


@pytest.mark.long
def test_what_a_deletion_would_remove_is_told_before(
    deployment: Deployment, builder: Client, person: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url))
    path = f"api/environments/{environment['name']}"
    size = environment["current_build"]["image_size"]
    preview = {"builds": 1, "images": 1, "image_size": size, "registry": None, "servers": []}
    assert builder.get(f"{path}/removal").json() == preview
    repository.commit({"new": "file"})
    builder.ended(builder.post(f"{path}/builds").json()["id"])
    start(deployment, person, environment["name"], "b")
    start(deployment, person, environment["name"])
    told = builder.get(f"{path}/removal").json()
    assert (told["builds"], told["images"]) == (2, 2)
    assert told["image_size"] > size
    assert told["servers"] == [
        {"user": person.name, "server_name": ""},
        {"user": person.name, "server_name": "b"},
    ]
    refusal = builder.delete(path)
    assert refusal.status_code == 409
    assert f"{person.name}, {person.name}/b" in refusal.json()["message"]


def test_a_deletion_takes_nothing_of_others(
    builder: Client, environment: dict[str, Any], engine: docker.DockerClient, tmp_path: Path
) -> None:
    build = environment["current_build"]
    image = engine.images.get(build["image_id"])
    by_hand = engine.containers.run(image.id, ["sleep", "600"], detach=True)
    own_tag = next(tag for tag in image.tags if ":build-" in tag)
    # As another Hub's service gives them that builds on the same engine.
    (tmp_path / "Dockerfile").write_text(f"FROM {image.id}\n")
    labels = {"tljh-envbuilder.installation": "another"}
    other, _ = engine.images.build(path=str(tmp_path), tag=build["image"], labels=labels)
    other.tag(*own_tag.split(":"))
    try:
        assert builder.delete(f"api/environments/{environment['name']}").status_code == 204
        by_hand.reload()
        assert by_hand.status == "running"
        assert set(engine.images.get(other.id).tags) == {build["image"], own_tag}
    finally:
        by_hand.remove(force=True)
        engine.images.remove(other.id, force=True)


def test_what_a_deletion_would_remove_is_for_those_who_may_delete(
    deployment: Deployment, builder: Client, student: Client, environment: dict[str, Any]
) -> None:
    path = f"api/environments/{environment['name']}"
    assert student.get(f"{path}/removal").status_code == 403
    assert deployment.client("admin").get(f"{path}/removal").status_code == 200
    hidden = {"visibility": {"users": ["nobody-else"]}}
    assert builder.patch(path, hidden).status_code == 200
    assert student.get(f"{path}/removal").status_code == 404
    assert student.get("api/environments/no-such/removal").status_code == 404


@pytest.mark.long
def test_the_numbers_of_a_server_do_not_hold_up_the_list(
    deployment: Deployment, person: Client, environment: dict[str, Any]
) -> None:
    start(deployment, person, environment["name"])
    began = time.monotonic()
    assert servers(person)
    assert time.monotonic() - began < 30
