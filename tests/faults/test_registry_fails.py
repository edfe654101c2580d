"""A registry that is slow, away or full: what was built is not lost, and a push can be stopped."""

from __future__ import annotations

import io
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests

from dev.registry import Registry
from dev.relay import Relay
from tests.faults.building import last_build, slow_check, wait_for_log, wait_for_status
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess
from tests.faults.test_cancel import cancel
from tests.live.service import Client, eventually

SETTINGS = """
c.DockerEngine.registry_config = {config!r}
c.Registry.registry_url = "http://{address}"
c.Registry.attempts = 2
c.Registry.retry_interval = 0.1
"""


@pytest.fixture(scope="module")
def way(registry: Registry) -> Iterator[Relay]:
    """The way to the registry: one for all, for an engine sends each address all layers once."""
    with Relay(registry.address) as way:
        yield way


@pytest.fixture
def relay(way: Relay) -> Iterator[Relay]:
    """The way to the registry, to hold or to cut."""
    yield way
    way.cut()  # what is still on its way
    way.restore()


@pytest.fixture
def logins(tmp_path: Path, registry: Registry, relay: Relay) -> Path:
    """A Docker configuration file with the login for the registry; without it, a push fails."""
    login = b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {relay.address: {"auth": login}}}))
    return config


@pytest.fixture
def settings(logins: Path, relay: Relay) -> str:
    """Push to the registry, with that login."""
    return SETTINGS.format(config=str(logins), address=relay.address)


@pytest.fixture
def running(service: ServiceProcess, settings: str) -> ServiceProcess:
    service.start(settings)
    return service


@pytest.fixture
def client(running: ServiceProcess) -> Client:
    return running.client("builder")


def tags_in(registry: Registry, name: str) -> list[str] | None:
    """The tags that the registry has; None for a name that it has never heard."""
    answer = requests.get(
        f"http://{registry.address}/v2/envbuilder/{name}/tags/list",
        auth=(registry.username, registry.password),
        timeout=60,
    )
    return answer.json().get("tags")


def remove_from(registry: Registry, image: dict[str, Any]) -> None:
    """Remove an image from the registry behind the service's back."""
    name = image["name"].partition("/")[2]
    answer = requests.delete(
        f"http://{registry.address}/v2/{name}/manifests/{image['digest']}",
        auth=(registry.username, registry.password),
        timeout=60,
    )
    assert answer.status_code == 202, answer.text


def pushed_names(engine: docker.DockerClient, relay: Relay) -> list[str]:
    """What a push has named on the engine."""
    tags = [tag for image in engine.api.images() for tag in image["RepoTags"] or []]
    return [tag for tag in tags if tag.startswith(relay.address)]


def test_a_push_that_fails_is_tried_again_and_loses_nothing(
    client: Client, relay: Relay, make_repository: MakeRepository
) -> None:
    relay.cut()
    build = client.built(client.add(make_repository().url))["current_build"]
    assert build["registry_image"] is None
    [warning] = build["warnings"]
    assert warning.startswith("The image was not pushed: ")
    assert f"cannot reach {relay.address}" in warning
    assert "Tried again in 0.1 s." in client.log(build["id"])


@pytest.mark.long
def test_what_was_not_pushed_is_pushed_by_the_next_build(
    client: Client, relay: Relay, registry: Registry, make_repository: MakeRepository
) -> None:
    relay.cut()
    environment = client.built(client.add(make_repository().url))
    build = environment["current_build"]
    relay.restore()
    again = client.post(f"api/environments/{environment['name']}/builds").json()["id"]
    assert client.ended(again)["registry_image"]["tag"] == build["resolved_ref"][:7]
    assert tags_in(registry, environment["name"]) == [build["resolved_ref"][:7]]


def test_a_push_is_cancelled_at_once(
    client: Client,
    relay: Relay,
    registry: Registry,
    engine: docker.DockerClient,
    running: ServiceProcess,
    make_repository: MakeRepository,
) -> None:
    relay.hold()
    environment = client.add(make_repository().url)
    wait_for_status(client, last_build(environment), "pushing")
    eventually(lambda: relay.connections)
    build = cancel(client, last_build(environment))
    assert build["status"] == "cancelled"
    assert [step["status"] for step in build["steps"]][-1] == "cancelled"
    relay.release()
    time.sleep(1)  # in which the rest would come
    assert tags_in(registry, environment["name"]) is None
    assert client.environment(environment["name"])["current_build"] is None
    assert running.leaves(engine).tags_of(environment["name"]) == []
    assert pushed_names(engine, relay) == []


@pytest.mark.long
def test_a_service_that_is_killed_while_it_pushes_goes_on_and_builds_nothing_again(
    client: Client,
    relay: Relay,
    registry: Registry,
    engine: docker.DockerClient,
    running: ServiceProcess,
    settings: str,
    make_repository: MakeRepository,
) -> None:
    relay.hold()
    environment = client.add(make_repository().url)
    build_id = last_build(environment)
    wait_for_status(client, build_id, "pushing")
    running.kill()
    relay.release()
    running.start(settings)
    build = client.ended(build_id)
    assert (build["status"], build["trigger"]) == ("built", "resume")
    assert build["registry_image"]["digest"].startswith("sha256:")
    wait_for_log(client, build_id, "The image was finished before.")
    assert tags_in(registry, environment["name"]) == [build["resolved_ref"][:7]]
    assert pushed_names(engine, relay) == []


def test_building_again_pushes_what_the_registry_has_lost(
    client: Client, registry: Registry, make_repository: MakeRepository
) -> None:
    environment = client.built(client.add(make_repository().url))
    name, pushed = environment["name"], environment["current_build"]["registry_image"]
    remove_from(registry, pushed)
    assert not tags_in(registry, name)
    again = client.post(f"api/environments/{name}/builds").json()["id"]
    assert client.ended(again)["registry_image"] == pushed
    assert tags_in(registry, name) == [pushed["tag"]]


@pytest.mark.long
def test_a_copy_that_could_not_be_pushed_is_not_where_its_original_is(
    client: Client, logins: Path, make_repository: MakeRepository
) -> None:
    environment = client.built(client.add(make_repository().url))
    assert environment["current_build"]["registry_image"] is not None
    logins.write_text("{}")
    request = {"name": f"copy-{uuid4().hex[:8]}"}
    copied = client.post(f"api/environments/{environment['name']}/copy", request).json()
    build = client.built(copied)["current_build"]
    assert build["image_id"] == environment["current_build"]["image_id"]
    assert build["registry_image"] is None
    assert build["warnings"][-1].startswith("The image was not pushed: ")


@pytest.mark.long
def test_a_push_has_a_limit_of_its_own_and_is_no_time_of_the_build(
    service: ServiceProcess,
    settings: str,
    relay: Relay,
    engine: docker.DockerClient,
    make_repository: MakeRepository,
) -> None:
    service.start(settings + "c.BuildRunner.time_limit = 12\nc.Registry.push_timeout = 13\n")
    client = service.client("builder")
    relay.hold()
    build = client.built(client.add(make_repository().url))["current_build"]
    [warning] = build["warnings"]
    assert "It took longer than 13 s" in warning
    assert build["registry_image"] is None
    steps = client.build(build["id"])["steps"]
    assert (steps[-1]["id"], steps[-1]["status"]) == ("push", "failed")
    assert pushed_names(engine, relay) == []


def test_where_servers_run_on_another_engine_users_keep_what_was_pushed(
    service: ServiceProcess,
    settings: str,
    logins: Path,
    relay: Relay,
    engine: docker.DockerClient,
    docker_host: str,
    make_repository: MakeRepository,
) -> None:
    # Another address; that it is the same engine is nothing that the service knows.
    elsewhere = f"c.LaunchEngine.docker_host = {docker_host!r}\n"
    service.start(settings + elsewhere)
    client = service.client("builder")
    repository = make_repository()
    environment = client.built(client.add(repository.url))
    first = environment["current_build"]
    logins.write_text("{}")
    repository.commit({"README.md": "again"})
    path = f"api/environments/{environment['name']}"
    build = client.ended(client.post(f"{path}/builds").json()["id"])
    assert build["status"] == "failed"
    assert f"was not pushed: {relay.address} asks for a login" in build["error"]
    assert "Servers run on another engine" in build["error"]
    assert client.get(path).json()["current_build"]["id"] == first["id"]
    names = sorted([f"build-{first['id']}", first["resolved_ref"][:7]])
    assert service.leaves(engine).tags_of(environment["name"]) == names


@pytest.fixture
def foreign_image(
    registry: Registry, relay: Relay, engine: docker.DockerClient, singleuser_image: str
) -> Iterator[str]:
    """An image in the registry that was not built here, and whose check takes its time."""
    name = f"{relay.address}/foreign-{uuid4().hex[:8]}"
    dockerfile = f"FROM {singleuser_image}\n{slow_check(3)}\n"
    engine.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=f"{name}:1")
    account = {"username": registry.username, "password": registry.password}
    assert "error" not in engine.images.push(name, "1", auth_config=account)
    yield f"{name}:1"
    engine.images.remove(f"{name}:1", force=True)


@pytest.fixture
def being_checked(
    foreign_image: str, running: ServiceProcess, client: Client, engine: docker.DockerClient
) -> dict[str, Any]:
    """An environment of that image, which is just being checked."""
    request = {"name": f"foreign-{uuid4().hex[:8]}", "image": foreign_image}
    environment = client.post("api/environments", request).json()
    wait_for_status(client, last_build(environment), "checking")
    eventually(lambda: running.leaves(engine).containers)
    return environment


@pytest.mark.long
def test_a_cleaning_leaves_the_check_of_an_image_that_was_not_built_here(
    running: ServiceProcess,
    client: Client,
    engine: docker.DockerClient,
    being_checked: dict[str, Any],
) -> None:
    cleaned = running.client("admin").post("api/disk/clean").json()
    assert cleaned["containers"] == 0
    client.built(being_checked)
    assert running.leaves(engine).containers == []


def test_what_a_build_of_such_an_image_left_on_a_lost_engine_goes_with_the_environment(
    running: ServiceProcess,
    client: Client,
    engine: docker.DockerClient,
    engine_relay: Relay,
    being_checked: dict[str, Any],
) -> None:
    name, build_id = being_checked["name"], last_build(being_checked)
    engine_relay.cut()
    assert client.post(f"api/builds/{build_id}/cancel").status_code == 202
    eventually(lambda: "Not cleaned" in running.said)
    engine_relay.restore()
    assert running.leaves(engine).tags_of(name) == [f"build-{build_id}"]
    assert client.delete(f"api/environments/{name}").status_code == 204
    eventually(lambda: running.leaves(engine).tags_of(name) == [])


@pytest.mark.long
def test_a_deletion_waits_some_time_for_the_registry_and_nothing_waits_for_it(
    service: ServiceProcess, settings: str, relay: Relay, make_repository: MakeRepository
) -> None:
    settings += "c.Registry.delete_tags = True\nc.Registry.delete_timeout = {seconds}\n"
    service.start(settings.format(seconds=600))
    client = service.client("builder")
    url = make_repository().url
    client.built(client.add(url, name="pushed"))
    never_built = client.add(f"{url}-none", name="unpushed")
    assert client.ended(last_build(never_built))["status"] == "failed"
    relay.cut()
    assert client.delete("api/environments/pushed").status_code == 204
    service.stop()
    with service.database() as database:
        # As a service leaves it that dies before it is done.
        database.execute("UPDATE environments SET deleting = 1")
    service.start(settings.format(seconds=600))
    eventually(lambda: _names(service) == ["pushed"])
    assert f"pushed is still to be removed: {relay.address} does not answer" in service.said

    service.stop()
    service.start(settings.format(seconds=0))
    eventually(lambda: _names(service) == [])
    assert "Images of pushed stay in the registry" in service.said


def _names(service: ServiceProcess) -> list[str]:
    with service.database() as database:
        return [name for (name,) in database.execute("SELECT name FROM environments")]
