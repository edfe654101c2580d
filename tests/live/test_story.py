"""A course, from the lecturer's first repository to a rollback while a student works."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest
import requests

from dev.git_server import GitRepository
from tests.live.service import BUILDER, Client, Deployment
from tests.live.test_access import Browser

STUDENT, STRANGER, COURSE = "story-student", "story-stranger", "story-course"


@pytest.fixture
def course(deployment: Deployment) -> Iterator[str]:
    """A group of the Hub with one student; a stranger is in none."""
    deployment.client(STUDENT)
    deployment.client(STRANGER)
    hub = deployment.hub
    assert hub.api("POST", f"groups/{COURSE}").status_code == 201
    assert hub.api("POST", f"groups/{COURSE}/users", json={"users": [STUDENT]}).status_code == 200
    yield COURSE
    hub.api("DELETE", f"groups/{COURSE}")


def build_of(engine: docker.DockerClient, user: str, server_name: str) -> str:
    """Which build a running server is from."""
    labels = [f"tljh-envbuilder.user={user}", f"tljh-envbuilder.server={server_name}"]
    [container] = engine.containers.list(filters={"label": labels})
    return str(container.labels["tljh-envbuilder.build"])


def start(client: Client, deployment: Deployment, environment: str, server_name: str) -> str:
    request = {"environment": environment, "server_name": server_name}
    answer = client.post("api/servers", request)
    assert answer.status_code == 202, answer.text
    return deployment.wait_for_server(client.name, server_name=server_name)


def assert_closed_to(stranger: Client, deployment: Deployment, name: str) -> None:
    """By no road: not to be seen, not to be launched."""
    assert stranger.get("api/environments", params={"q": name}).json()["total"] == 0
    assert stranger.get(f"api/environments/{name}").status_code == 404
    assert stranger.get(f"api/environments/{name}/builds").status_code == 404
    assert stranger.post("api/servers", {"environment": name}).status_code == 404
    by_the_hub = deployment.start_server(stranger.name, {"environment": name, "profile": "Small"})
    assert by_the_hub.status_code >= 400
    assert "There is no environment" in by_the_hub.text
    browser = Browser(deployment, stranger.name)
    form = browser.session.get(f"{deployment.hub.url}hub/spawn", timeout=30)
    assert name not in form.text
    by_link = browser.session.get(
        f"{deployment.hub.url}hub/spawn/{stranger.name}", params={"environment": name}, timeout=30
    )
    assert "spawn-pending" not in by_link.url
    assert deployment.servers(stranger.name) == {}


@pytest.mark.long
def test_a_course_from_its_repository_to_a_rollback(
    deployment: Deployment,
    repository: GitRepository,
    course: str,
    engine: docker.DockerClient,
) -> None:
    lecturer, student = deployment.client(BUILDER), deployment.client(STUDENT)
    visibility = {"groups": [course, "other-course"], "users": ["somebody-else"]}
    added = lecturer.add(repository.url, visibility=visibility)
    name = lecturer.built(added)["name"]
    first = str(added["last_build"]["id"])

    seen = student.environment(name)["visibility"]
    assert seen == {"everyone": False, "users": [], "groups": [course]}

    urls = [start(student, deployment, name, server) for server in ("one", "two")]
    assert [build_of(engine, STUDENT, server) for server in ("one", "two")] == [first, first]
    assert_closed_to(deployment.client(STRANGER), deployment, name)

    repository.commit({"week2.md": "# Week 2\n"})
    rebuilt = lecturer.post(f"api/environments/{name}/builds", {}).json()
    assert lecturer.ended(rebuilt["id"])["status"] == "built"
    rolled_back = lecturer.post(f"api/environments/{name}/rollback", {"build": int(first)})
    assert rolled_back.status_code == 200
    headers = {"Authorization": f"token {student.token}"}
    for url in urls:
        # The student works on, and notices nothing.
        assert requests.get(f"{url}api/status", headers=headers, timeout=30).status_code == 200
    deployment.stop_server(STUDENT, server_name="two")
    start(student, deployment, name, "two")
    assert build_of(engine, STUDENT, "two") == first

    # Out of the course: what runs goes on, and nothing starts any more.
    hub = deployment.hub
    hub.api("DELETE", f"groups/{course}/users", json={"users": [STUDENT]})
    deployment.stop_server(STUDENT, server_name="two")
    refused = deployment.start_server(STUDENT, {"environment": name}, server_name="two")
    assert "There is no environment" in refused.text
    deployment.stop_server(STUDENT, server_name="one")
    assert lecturer.delete(f"api/environments/{name}").status_code == 204
