"""Try before publishing, copy what is there, and go back to what was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitRepository, GitServer
from tests.live.conftest import make_deployment
from tests.live.service import ADMIN, BUILDER, STUDENT, Client, Deployment, eventually
from tests.live.test_registry import container_of, launched


@pytest.fixture(scope="module")
def deployment(hub_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A Hub without a registry that keeps no images but the latest and the current one."""
    settings = "c.Cleaner.keep_builds = 1\n"
    folder = tmp_path_factory.mktemp("publishing")
    with make_deployment(folder, hub_address, service_extra=settings) as live:
        yield live


@pytest.fixture
def with_files_at_home(git_server: GitServer, singleuser_image: str) -> GitRepository:
    """A repository whose image has a file in its home, which a mounted home hides."""
    lines = [f"FROM {singleuser_image}", f'RUN echo {uuid4().hex} > "$HOME/settings.ini"']
    return git_server.create(
        f"manual-{uuid4().hex[:8]}", {"Dockerfile": "\n".join(lines), "lesson.md": "# One\n"}
    )


def volumes(engine: docker.DockerClient, deployment: Deployment) -> list[str]:
    return [each.name for each in engine.volumes.list(filters={"name": deployment.prefix})]


def test_a_build_is_tried_in_an_empty_home_before_users_get_it(
    deployment: Deployment,
    builder: Client,
    student: Client,
    with_files_at_home: GitRepository,
    engine: docker.DockerClient,
) -> None:
    added = builder.add(with_files_at_home.url, publish="manual")
    name, build = added["name"], builder.ended(added["last_build"]["id"])
    assert build["status"] == "built", build["error"]
    assert build["published_at"] is None
    assert any("settings.ini" in warning for warning in build["warnings"])
    environment = builder.environment(name)
    assert (environment["status"], environment["current_build"]) == ("unpublished", None)
    assert environment["waiting_build"]["id"] == build["id"]

    choice = {"environment": name, "build": build["id"]}
    for asked, status in ((choice, 403), ({"environment": name}, 409)):
        assert student.post("api/servers", asked).status_code == status
    with launched(deployment, BUILDER, **choice):
        container = container_of(engine, deployment, BUILDER)
        home = build["image_details"]["home"]
        [mount] = [each for each in container.attrs["Mounts"] if each["Destination"] == home]
        assert mount["Name"] in volumes(engine, deployment)
        # The repository's copy, and nothing of what the image has there.
        listed = container.exec_run(["ls", home]).output.decode().split()
        assert name in listed
        assert "settings.ini" not in listed
        [server] = builder.get("api/servers").json()["items"]
        assert (server["build"], server["outdated"]) == (build["id"], False)
        assert (server["chosen_build"], server["is_test"]) == (build["id"], True)
    eventually(lambda: mount["Name"] not in volumes(engine, deployment))

    published = builder.post(f"api/environments/{name}/publish")
    assert published.status_code == 200
    assert published.json()["current_build"]["published_at"] is not None
    assert published.json()["status"] == "ready"

    with_files_at_home.commit({"lesson.md": "# Two\n"})
    second = builder.ended(builder.post(f"api/environments/{name}/builds").json()["id"])
    assert builder.environment(name)["current_build"]["id"] == build["id"]
    with launched(deployment, STUDENT, environment=name):
        # The engine has a few seconds to say which build it is.
        server = eventually(
            lambda: (one := student.get("api/servers").json()["items"][0])["build"] and one
        )
        assert (server["build"], server["is_test"]) == (build["id"], False)
    assert builder.environment(name)["waiting_build"]["id"] == second["id"]
    builder.post(f"api/environments/{name}/publish", {"build": second["id"]})
    environment = builder.environment(name)
    assert environment["current_build"]["id"] == second["id"]
    assert environment["waiting_build"] is None


def test_a_copy_reuses_the_image_and_lives_on_its_own(
    deployment: Deployment, builder: Client, repository: GitRepository, engine: docker.DockerClient
) -> None:
    limits = {"mem_limit": 256 * 2**20, "environment_variables": {"COURSE": "algebra"}}
    original = builder.built(builder.add(repository.url, description="For all.", **limits))
    other, name = deployment.client("other-builder"), f"copy-{uuid4().hex[:8]}"
    answer = other.post(f"api/environments/{original['name']}/copy", {"name": name})
    assert answer.status_code == 202, answer.text
    assert answer.json()["last_build"]["trigger"] == "copy"
    copy = other.built(answer.json())
    for field in ("repo_url", "ref", "description", *limits):
        assert copy[field] == original[field]
    assert (copy["owner"], copy["visibility"]["everyone"]) == ("other-builder", False)
    build = copy["current_build"]
    for field in ("image_id", "resolved_ref", "image_details", "inputs"):
        assert build[field] == original["current_build"][field]
    assert other.build(build["id"])["steps"] == []

    assert builder.delete(f"api/environments/{original['name']}").status_code == 204
    deployment.client(ADMIN).post("api/disk/clean")
    with launched(deployment, "other-builder", environment=name):
        assert container_of(engine, deployment, "other-builder").image.id == build["image_id"]
    # Two environments of one repository; nothing is built that is there.
    again = other.ended(other.post(f"api/environments/{name}/builds").json()["id"])
    assert again["image_id"] == build["image_id"]
    assert other.delete(f"api/environments/{name}").status_code == 204
    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(build["image_id"])


def test_what_is_not_for_everyone_is_copied_by_its_owner_alone(
    deployment: Deployment, builder: Client, repository: GitRepository
) -> None:
    visibility = {"visibility": {"users": ["other-builder"]}}
    path = f"api/environments/{builder.add(repository.url, **visibility)['name']}/copy"
    request: dict[str, Any] = {"name": f"copy-{uuid4().hex[:8]}"}
    assert deployment.client("other-builder").post(path, request).status_code == 403
    assert deployment.client(STUDENT).post(path, request).status_code == 404
    assert builder.post(path, request).status_code == 202


@pytest.mark.long
def test_what_lost_its_image_is_made_again_of_its_own_commit(
    deployment: Deployment, builder: Client, repository: GitRepository, engine: docker.DockerClient
) -> None:
    environment = builder.built(builder.add(repository.url))
    name, build = environment["name"], environment["current_build"]
    repository.commit({"README.md": "second"})
    engine.images.remove(build["image_id"], force=True)

    copy = f"copy-{uuid4().hex[:8]}"
    answer = builder.post(f"api/environments/{name}/copy", {"name": copy})
    copied = builder.built(answer.json())["current_build"]
    assert copied["resolved_ref"] == build["resolved_ref"]
    assert f"The image of build {build['id']} is gone" in builder.log(copied["id"])

    answer = builder.post(f"api/builds/{build['id']}/restore")
    assert answer.status_code == 202, answer.text
    restored = builder.ended(answer.json()["id"])
    assert (restored["status"], restored["resolved_ref"]) == ("built", build["resolved_ref"])
    with launched(deployment, STUDENT, environment=name, build=restored["id"]):
        pass
    for asked in (build, restored):
        again = builder.post(f"api/builds/{asked['id']}/restore")
        assert (again.status_code, again.json()["id"]) == (200, restored["id"])


@pytest.mark.long
def test_an_older_commit_is_built_again_beside_the_current_one(
    deployment: Deployment, builder: Client, student: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url))
    name, old = environment["name"], environment["current_build"]
    for text in ("second", "third"):
        repository.commit({"README.md": text})
        current = builder.ended(builder.post(f"api/environments/{name}/builds").json()["id"])
    deployment.client(ADMIN).post("api/disk/clean")
    gone = student.post("api/servers", {"environment": name, "build": old["id"]})
    assert gone.status_code == 409
    assert "was removed" in gone.json()["message"]

    answer = builder.post(f"api/builds/{old['id']}/restore")
    assert answer.status_code == 202, answer.text
    restored = builder.ended(answer.json()["id"])
    assert (restored["status"], restored["resolved_ref"]) == ("built", old["resolved_ref"])
    assert (restored["trigger"], restored["origin_build"]) == ("restore", old["id"])
    assert builder.environment(name)["current_build"]["id"] == current["id"]
    with launched(deployment, STUDENT, environment=name, build=restored["id"]):
        [server] = student.get("api/servers").json()["items"]
        assert server["resolved_ref"] == old["resolved_ref"]
