"""A registry that is slow, away or full: what was built is not lost, and a push can be stopped."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import requests

from dev.registry import Registry
from dev.relay import Relay
from tests.faults.building import last_build, wait_for_log, wait_for_status
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


@pytest.fixture
def relay(registry: Registry) -> Iterator[Relay]:
    """The way to the registry, to hold or to cut."""
    with Relay(registry.address) as relay:
        yield relay


@pytest.fixture
def settings(tmp_path: Path, registry: Registry, relay: Relay) -> str:
    """Push to the registry, with the login of a Docker configuration file."""
    login = b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {relay.address: {"auth": login}}}))
    return SETTINGS.format(config=str(config), address=relay.address)


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
        timeout=10,
    )
    return answer.json().get("tags")


def pushed_names(engine: docker.DockerClient, relay: Relay) -> list[str]:
    """What a push has named on the engine."""
    tags = [tag for image in engine.api.images() for tag in image["RepoTags"] or []]
    return [tag for tag in tags if tag.startswith(relay.address)]


@pytest.mark.long
def test_a_push_that_fails_is_tried_again_and_loses_nothing(
    client: Client, relay: Relay, registry: Registry, make_repository: MakeRepository
) -> None:
    relay.cut()
    environment = client.built(client.add(make_repository().url))
    build = environment["current_build"]
    assert build["registry_image"] is None
    [warning] = build["warnings"]
    assert warning.startswith("The image was not pushed: ")
    assert f"cannot reach {relay.address}" in warning
    assert "Tried again in 0.1 s." in client.log(build["id"])
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
