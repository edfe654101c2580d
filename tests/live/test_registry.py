"""The same image everywhere: pushed, pulled where it is missing, and named by its commit alone."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests

from dev.git_server import GitRepository, GitServer
from dev.registry import Registry
from tests.live.conftest import make_deployment
from tests.live.service import ADMIN, STUDENT, Client, Deployment

NAMESPACE = "teaching/hub"
SETTINGS = """
c.Registry.registry_url = "http://{address}"
c.Registry.namespace = "{namespace}"
c.Registry.delete_tags = True
c.Cleaner.keep_builds = 1
"""


@pytest.fixture(scope="module")
def deployment(
    hub_address: str,
    registry: Registry,
    engine: docker.DockerClient,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """A Hub whose images go to the registry; no login for it is kept yet."""
    settings = SETTINGS.format(address=registry.address, namespace=NAMESPACE)
    folder = tmp_path_factory.mktemp("registry")
    with make_deployment(folder, hub_address, service_extra=settings) as live:
        yield live
    for image in engine.api.images():  # of which other tests may remove some meanwhile
        if any(name.startswith(registry.address) for name in image["RepoDigests"] or []):
            engine.images.remove(image["Id"], force=True)


@pytest.fixture
def login(deployment: Deployment, registry: Registry) -> None:
    """An administrator has given the login."""
    account = {"username": registry.username, "password": registry.password}
    path = f"api/registries/{registry.address}"
    answer = deployment.client(ADMIN).request("PUT", path, json=account)
    assert answer.status_code == 204, answer.text


def manifest(registry: Registry, name: str, reference: str) -> requests.Response:
    """What the registry itself has of an image."""
    return requests.get(
        f"http://{registry.address}/v2/{name}/manifests/{reference}",
        auth=(registry.username, registry.password),
        headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
        timeout=60,
    )


@contextmanager
def launched(deployment: Deployment, user: str, **options: Any) -> Iterator[None]:
    """A server of the user's that runs in the block."""
    answer = deployment.client(user).post("api/servers", options)
    assert answer.status_code == 202, answer.text
    try:
        deployment.wait_for_server(user)
        yield
    finally:
        deployment.stop_server(user)


def container_of(
    engine: docker.DockerClient, deployment: Deployment, user: str
) -> docker.models.containers.Container:
    label = f"tljh-envbuilder.user={user}"
    [container] = [
        each
        for each in engine.containers.list(filters={"label": label}, ignore_removed=True)
        if each.name.startswith(deployment.prefix)
    ]
    return container


def test_without_a_login_the_image_stays_and_is_pushed_once_there_is_one(
    deployment: Deployment,
    builder: Client,
    repository: GitRepository,
    registry: Registry,
) -> None:
    admin = deployment.client(ADMIN)
    environment = builder.built(builder.add(repository.url))
    name, first = environment["name"], environment["current_build"]
    assert first["registry_image"] is None
    assert "was not pushed" in first["warnings"][-1]
    assert f"{registry.address} asks for a login" in first["warnings"][-1]

    login = {"username": registry.username, "password": registry.password}
    path = f"api/registries/{registry.address}"
    assert admin.request("PUT", path, json=login).status_code == 204
    [listed] = admin.get("api/registries").json()["items"]
    assert listed == {"registry": registry.address, "namespace": NAMESPACE, "has_login": True}

    second = builder.ended(builder.post(f"api/environments/{name}/builds").json()["id"])
    assert (second["status"], second["warnings"]) == ("built", [])
    assert second["image_id"] == first["image_id"]
    pushed = second["registry_image"]
    # Whoever knows registry, environment and commit knows the name.
    assert pushed["name"] == f"{registry.address}/{NAMESPACE}/{name}"
    assert pushed["tag"] == second["resolved_ref"][:7]
    assert pushed["pull_command"] == f"docker pull {pushed['name']}@{pushed['digest']}"
    in_registry = manifest(registry, f"{NAMESPACE}/{name}", pushed["tag"])
    assert in_registry.headers["Docker-Content-Digest"] == pushed["digest"]
    assert in_registry.json()["config"]["digest"] == second["image_id"]
    [step] = [step for step in second["steps"] if step["name"].startswith("Push ")]
    assert step["status"] == "done"

    # Encrypted, and nowhere else.
    traces = [registry.password, b64encode(registry.password.encode()).decode().rstrip("=")]
    told = [builder.log(second["id"]), json.dumps(second), admin.get("api/registries").text]
    kept = [each.read_bytes() for each in deployment.state_dir.rglob("*") if each.is_file()]
    kept.append((deployment.state_dir.parent / "hub.log").read_bytes())
    for trace in traces:
        assert not any(trace in text for text in told)
        assert not any(trace.encode() in content for content in kept)


@pytest.mark.usefixtures("login")
def test_an_image_that_is_missing_on_the_engine_is_pulled_at_launch(
    deployment: Deployment,
    builder: Client,
    repository: GitRepository,
    engine: docker.DockerClient,
) -> None:
    environment = builder.built(builder.add(repository.url))
    build = environment["current_build"]
    engine.images.remove(build["image_id"], force=True)
    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(build["image_id"])

    with launched(deployment, STUDENT, environment=environment["name"]):
        container = container_of(engine, deployment, STUDENT)
        assert container.image.id == build["image_id"]
        assert container.image.attrs["RepoDigests"] == [build["registry_image"]["reference"]]


@pytest.mark.usefixtures("login")
def test_an_older_commit_is_opened_from_the_history(
    deployment: Deployment,
    builder: Client,
    repository: GitRepository,
    engine: docker.DockerClient,
) -> None:
    environment = builder.built(builder.add(repository.url))
    old, path = environment["current_build"], f"api/environments/{environment['name']}"
    for text in ("second", "third"):
        repository.commit({"README.md": text})
        builder.ended(builder.post(f"{path}/builds").json()["id"])
    deployment.client(ADMIN).post("api/disk/clean")
    assert builder.build(old["id"])["image_removed_at"] is not None

    chosen = {"environment": environment["name"], "build": old["id"]}
    with launched(deployment, STUDENT, **chosen):
        container = container_of(engine, deployment, STUDENT)
        assert container.image.id == old["image_id"]
        [server] = deployment.client(STUDENT).get("api/servers").json()["items"]
        # It is what was asked for, and no news that there are newer ones.
        assert (server["build"], server["chosen_build"]) == (old["id"], old["id"])
        assert (server["outdated"], server["is_test"]) == (False, False)
    # What is in the registry needs no build to come back.
    restored = builder.post(f"api/builds/{old['id']}/restore")
    assert (restored.status_code, restored.json()["id"]) == (200, old["id"])
    # Nor to be what everybody gets again.
    rollback = builder.post(f"{path}/rollback", {"build": old["id"]})
    assert rollback.status_code == 200, rollback.text
    current = rollback.json()["current_build"]
    assert (current["id"], current["image_removed_at"]) == (old["id"], None)


@pytest.mark.usefixtures("login")
def test_what_the_registry_has_lost_is_built_again(
    builder: Client, repository: GitRepository, registry: Registry, engine: docker.DockerClient
) -> None:
    build = builder.built(builder.add(repository.url))["current_build"]
    path = f"api/builds/{build['id']}/restore"
    engine.images.remove(build["image_id"], force=True)
    kept = builder.post(path)
    assert (kept.status_code, kept.json()["id"]) == (200, build["id"])

    name, digest = build["registry_image"]["name"], build["registry_image"]["digest"]
    name = name.removeprefix(f"{registry.address}/")
    gone = requests.delete(
        f"http://{registry.address}/v2/{name}/manifests/{digest}",
        auth=(registry.username, registry.password),
        timeout=60,
    )
    assert gone.status_code == 202
    answer = builder.post(path)
    assert answer.status_code == 202, answer.text
    restored = builder.ended(answer.json()["id"])
    assert (restored["status"], restored["resolved_ref"]) == ("built", build["resolved_ref"])
    assert manifest(registry, name, build["resolved_ref"][:7]).status_code == 200


@pytest.mark.usefixtures("login")
def test_deleting_an_environment_deletes_what_was_pushed_and_nothing_of_its_copy(
    builder: Client, repository: GitRepository, registry: Registry
) -> None:
    environment = builder.built(builder.add(repository.url))
    name = environment["name"]
    copy = f"copy-{uuid4().hex[:8]}"
    answer = builder.post(f"api/environments/{name}/copy", {"name": copy})
    assert answer.status_code == 202, answer.text
    copied = builder.built(answer.json())["current_build"]
    pushed = environment["current_build"]["registry_image"]
    assert copied["registry_image"]["name"] == pushed["name"].replace(name, copy)
    preview = builder.get(f"api/environments/{name}/removal").json()["registry"]
    assert preview == {"name": pushed["name"], "images": 1, "removed": True}
    assert builder.delete(f"api/environments/{name}").status_code == 204
    assert manifest(registry, f"{NAMESPACE}/{name}", pushed["tag"]).status_code == 404
    assert manifest(registry, f"{NAMESPACE}/{copy}", pushed["tag"]).status_code == 200


@pytest.mark.usefixtures("login")
@pytest.mark.parametrize("by", [pytest.param("tag", marks=pytest.mark.long), "digest"])
def test_an_image_is_an_environment_without_a_repository(
    deployment: Deployment,
    builder: Client,
    repository: GitRepository,
    engine: docker.DockerClient,
    by: str,
) -> None:
    build = builder.built(builder.add(repository.url))["current_build"]
    pushed = build["registry_image"]
    engine.images.remove(build["image_id"], force=True)
    image = pushed["reference"] if by == "digest" else f"{pushed['name']}:{pushed['tag']}"

    name = f"image-{uuid4().hex[:8]}"
    answer = builder.post("api/environments", {"name": name, "image": image})
    assert answer.status_code == 202, answer.text
    environment = builder.built(answer.json())
    assert (environment["image"], environment["repo_url"]) == (image, "")
    current = builder.build(environment["current_build"]["id"])
    assert current["image_id"] == build["image_id"]
    assert current["image_details"] == build["image_details"]
    assert current["registry_image"]["reference"] == pushed["reference"]
    assert [step["name"] for step in current["steps"]] == [f"Pull {image}"]
    assert builder.patch(f"api/environments/{name}", {"ref": "main"}).status_code == 400
    with launched(deployment, STUDENT, environment=name):
        assert container_of(engine, deployment, STUDENT).image.id == build["image_id"]


@pytest.fixture
def foreign_image(
    engine: docker.DockerClient, registry: Registry, singleuser_image: str
) -> Iterator[str]:
    """An image that has none of our labels, in the registry and by no such name on the engine."""
    name = f"{registry.address}/foreign-{uuid4().hex[:8]}"
    engine.images.get(singleuser_image).tag(name, "1")
    login = {"username": registry.username, "password": registry.password}
    pushed = engine.images.push(name, "1", auth_config=login)
    assert "error" not in pushed, pushed
    engine.images.remove(f"{name}:1")
    yield f"{name}:1"
    with suppress(docker.errors.ImageNotFound):
        engine.images.remove(f"{name}:1")


@pytest.mark.usefixtures("login")
@pytest.mark.long
def test_an_image_that_was_not_built_here_is_known_while_it_is_used_and_leaves_no_name(
    deployment: Deployment, builder: Client, engine: docker.DockerClient, foreign_image: str
) -> None:
    name = f"image-{uuid4().hex[:8]}"
    answer = builder.post("api/environments", {"name": name, "image": foreign_image})
    build = builder.built(answer.json())["current_build"]
    image = engine.images.get(build["image_id"])
    assert {f"{deployment.prefix}/{name}:build-{build['id']}", build["image"]} <= set(image.tags)
    assert foreign_image not in image.tags
    with launched(deployment, STUDENT, environment=name):
        [server] = deployment.client(STUDENT).get("api/servers").json()["items"]
        shown = (server["build"], server["resolved_ref"])
        assert shown == (build["id"], build["resolved_ref"])
        assert server["mem_limit"]
        assert builder.delete(f"api/environments/{name}").status_code == 409
    assert builder.delete(f"api/environments/{name}").status_code == 204
    left = [tag for tag in engine.images.get(build["image_id"]).tags if name in tag]
    assert left == []


@pytest.mark.usefixtures("login")
def test_what_is_not_to_be_had_is_explained(
    deployment: Deployment, builder: Client, repository: GitRepository, registry: Registry
) -> None:
    hidden = builder.built(builder.add(repository.url, visibility={"users": []}))
    secret = hidden["current_build"]["registry_image"]["reference"]
    other = deployment.client("other-builder")
    for image, error in {
        f"{registry.address}/{NAMESPACE}/none:1": "was not found",
        secret: "belongs to an environment that is not for everyone",
    }.items():
        request = {"name": f"image-{uuid4().hex[:8]}", "image": image}
        added = other.post("api/environments", request).json()
        build = other.ended(added["last_build"]["id"])
        assert build["status"] == "failed"
        assert error in build["error"]


@pytest.mark.usefixtures("login")
def test_an_environment_that_is_not_for_everyone_is_no_base_by_way_of_the_registry(
    deployment: Deployment,
    builder: Client,
    git_server: GitServer,
    repository: GitRepository,
    engine: docker.DockerClient,
) -> None:
    hidden = builder.built(builder.add(repository.url, visibility={"users": []}))["current_build"]
    # Or it would be known by the name that it has here.
    engine.images.remove(hidden["image_id"], force=True)
    secret = hidden["registry_image"]
    dockerfile = f"FROM {secret['name']}:{secret['tag']}\nRUN cat /srv/repo/lesson.ipynb\n"
    thief = git_server.create(f"thief-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    other = deployment.client("other-builder")
    build = other.add(thief.url)["last_build"]["id"]
    events = list(other.events(build))
    statuses = [event.data["status"] for event in events if event.name == "status"]
    # Before anything is built: Podman has no step that looks bases up, to be stopped at.
    assert statuses == ["queued", "fetching", "pulling", "failed"]
    assert "belongs to an environment that is not for everyone" in other.build(build)["error"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "repo_url"),
        ({"image": "x y"}, "image"),
        ({"image": "sha256:" + "0" * 64}, "image"),
        ({"image": "a:1", "repo_url": "https://example.org/x"}, "repo_url"),
        ({"image": "a:1", "schedule": "daily"}, ""),
        ({"image": "a:1", "ref": "main"}, ""),
    ],
)
def test_an_environment_is_from_a_repository_or_an_image(
    builder: Client, fields: dict[str, Any], field: str
) -> None:
    answer = builder.post("api/environments", {"name": "neither", **fields})
    assert answer.status_code == 400
    assert field in [each["field"] for each in answer.json()["errors"]]
