"""Cancelling: the work stops at once, nothing is published, and nothing is left."""

from __future__ import annotations

import io
import json
import os
import random
import tarfile
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import docker
import pytest
import requests

from dev.git_server import GitServer
from dev.registry import Registry
from dev.relay import Relay
from tests.engine.test_build_cancel import runs
from tests.faults.building import last_build, slow_check, ticking, wait_for_log, wait_for_status
from tests.faults.conftest import MakeRepository, MakeService
from tests.faults.service_process import ServiceProcess
from tests.live.service import Client, eventually

BY_BUILDER = "The build was cancelled by builder."


@pytest.fixture(scope="module")
def relay(docker_host: str) -> Iterator[Relay]:
    """The way to the engine."""
    with Relay(docker_host) as relay:
        yield relay


@pytest.fixture(scope="module")
def registry_relay(registry: Registry) -> Iterator[Relay]:
    """The way to the registry."""
    with Relay(registry.address) as relay:
        yield relay


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory,
    make_service: MakeService,
    relay: Relay,
    registry: Registry,
    registry_relay: Relay,
) -> Iterator[ServiceProcess]:
    """A service that runs, one build at a time, with a login for the registry."""
    folder = tmp_path_factory.mktemp("cancel")
    login = b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    config = folder / "config.json"
    config.write_text(json.dumps({"auths": {registry_relay.address: {"auth": login}}}))
    with make_service(folder, relay) as service:
        service.start(
            f"c.DockerEngine.registry_config = {str(config)!r}\nc.BuildQueue.concurrency = 1\n"
        )
        yield service


@pytest.fixture
def client(service: ServiceProcess) -> Client:
    return service.client("builder")


def cancel(client: Client, build_id: int) -> dict:
    """Cancel the build, and wait for its end."""
    answer = client.post(f"api/builds/{build_id}/cancel")
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "cancelled"
    return client.ended(build_id)


def assert_cancelled(
    client: Client, service: ServiceProcess, engine: docker.DockerClient, build: dict
) -> None:
    assert (build["status"], build["error"]) == ("cancelled", BY_BUILDER)
    assert client.log(build["id"]).endswith(f"\n{BY_BUILDER}\n")
    assert not [step for step in build["steps"] if step["status"] == "running"]
    environment = client.environment(build["environment"])
    assert environment["current_build"] is None
    leaves = service.leaves(engine)
    assert leaves.tags_of(build["environment"]) == []
    assert leaves.orphans == []
    assert client.post(f"api/builds/{build['id']}/cancel").status_code == 409


def test_while_it_waits(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    make_repository: MakeRepository,
) -> None:
    first = last_build(client.add(make_repository(ticking(120)).url))
    waiting = last_build(client.add(make_repository().url))
    wait_for_log(client, first, "tick-1\n")
    build = cancel(client, waiting)
    assert build["started_at"] is None
    cancel(client, first)
    assert_cancelled(client, service, engine, build)


def test_while_fetching(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    git_server: GitServer,
    make_repository: MakeRepository,
) -> None:
    with Relay(git_server.address) as git_relay:
        git_relay.hold()
        url = make_repository().url.replace(git_server.address, git_relay.address)
        build_id = last_build(client.add(url))
        worker = service.fetch_worker()
        eventually(lambda: git_relay.connections)
        build = cancel(client, build_id)
        assert not Path(f"/proc/{worker}/cmdline").exists()
        eventually(lambda: not git_relay.connections, timeout=60)
    assert_cancelled(client, service, engine, build)


def test_while_pulling(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    registry_relay: Relay,
    large_image: str,
    make_repository: MakeRepository,
) -> None:
    name = f"{registry_relay.address}/{large_image}"
    registry_relay.hold_behind(2**20)
    build_id = last_build(client.add(make_repository(f"COPY --from={name} /data /data").url))
    wait_for_status(client, build_id, "pulling")
    assert registry_relay.held.wait(120)
    build = cancel(client, build_id)
    answered = registry_relay.answered
    registry_relay.release()
    time.sleep(1)  # in which the rest would come; some has been on its way
    assert registry_relay.answered - answered < 16 * 2**20
    assert_cancelled(client, service, engine, build)
    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(name)
    (pull,) = [step for step in build["steps"] if step["name"].startswith("Pull")]
    assert pull["status"] == "cancelled"


def test_while_a_step_runs(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    make_repository: MakeRepository,
) -> None:
    seconds = f"{random.randint(10_000, 99_999)}.5"
    build_id = last_build(client.add(make_repository(f"RUN exec sleep {seconds}").url))
    eventually(lambda: runs("sleep", seconds))
    build = cancel(client, build_id)
    eventually(lambda: not runs("sleep", seconds), timeout=60)
    assert_cancelled(client, service, engine, build)


def test_while_the_image_is_checked(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    make_repository: MakeRepository,
) -> None:
    build_id = last_build(client.add(make_repository(slow_check(30)).url))
    eventually(lambda: service.leaves(engine).containers)
    build = cancel(client, build_id)
    assert_cancelled(client, service, engine, build)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_while_the_image_gets_its_name(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    relay: Relay,
    make_repository: MakeRepository,
    before: bool,
) -> None:
    (relay.hold_at if before else relay.hold_after)(b"/tag?")
    build_id = last_build(client.add(make_repository().url))
    assert relay.held.wait(120)
    # Cancelling waits for the engine here: the row decides already.
    with pytest.raises(requests.ReadTimeout):
        client.post(f"api/builds/{build_id}/cancel", timeout=0.5)
    eventually(lambda: client.build(build_id)["status"] == "cancelled")
    relay.release()
    assert_cancelled(client, service, engine, client.ended(build_id))


def test_the_name_goes_back_to_the_build_that_had_it(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    relay: Relay,
    make_repository: MakeRepository,
) -> None:
    environment = client.built(client.add(make_repository().url))
    earlier = environment["current_build"]
    relay.hold_after(b"/tag?")
    path = f"api/environments/{environment['name']}"
    build_id = client.post(f"{path}/builds", {"no_cache": True}).json()["id"]
    assert relay.held.wait(120)
    with pytest.raises(requests.ReadTimeout):
        client.post(f"api/builds/{build_id}/cancel", timeout=0.5)
    eventually(lambda: client.build(build_id)["status"] == "cancelled")
    relay.release()
    assert client.ended(build_id)["status"] == "cancelled"
    assert client.environment(environment["name"])["current_build"] == earlier
    assert engine.images.get(earlier["image"]).id == earlier["image_id"]
    assert f"build-{build_id}" not in service.leaves(engine).tags_of(environment["name"])


@pytest.mark.long
def test_at_the_very_end_it_is_the_one_or_the_other(
    client: Client,
    service: ServiceProcess,
    engine: docker.DockerClient,
    make_repository: MakeRepository,
) -> None:
    dice = random.Random(7)
    repository = make_repository()
    client.built(client.add(repository.url))
    for _ in range(4):
        environment = client.add(repository.url)
        build_id = last_build(environment)
        wait_for_status(client, build_id, "checking")
        time.sleep(dice.uniform(0, 1))
        answer = client.post(f"api/builds/{build_id}/cancel").status_code
        build = client.ended(build_id)
        assert (answer, build["status"]) in {(202, "cancelled"), (409, "built")}
        now = client.environment(environment["name"])
        tags = service.leaves(engine).tags_of(environment["name"])
        if answer == 202:
            assert now["current_build"] is None
            assert tags == []
        else:
            assert now["current_build"]["id"] == build_id
            assert len(tags) == 2


@pytest.fixture
def large_image(engine: docker.DockerClient, registry: Registry) -> str:
    """The name of an image of 48 MiB in the registry, which is not on the engine."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        entry = tarfile.TarInfo("data")
        entry.size = 48 * 2**20
        tar.addfile(entry, io.BytesIO(os.urandom(entry.size)))
    name = f"large-{uuid4().hex[:8]}"
    engine.api.import_image_from_data(
        content.getvalue(), repository=f"{registry.address}/{name}", tag="1"
    )
    login = {"username": registry.username, "password": registry.password}
    pushed = engine.images.push(f"{registry.address}/{name}", "1", auth_config=login)
    assert "error" not in pushed, pushed
    engine.images.remove(f"{registry.address}/{name}:1")
    return f"{name}:1"
