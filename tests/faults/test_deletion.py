"""A deletion is all or nothing, whatever dies in between."""

from __future__ import annotations

from typing import Any

import docker
import pytest

from dev.relay import Relay
from tests.faults.building import last_build, ticking, wait_for_log
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess
from tests.faults.threads import started
from tests.live.service import Client, eventually
from tljh_envbuilder.models.labels import CHECK


def assert_all_is_gone(
    service: ServiceProcess, engine: docker.DockerClient, client: Client, name: str
) -> None:
    """Nobody finds it, nothing of it is left, and its name is free."""
    assert client.get(f"api/environments/{name}").status_code == 404
    eventually(lambda: name not in rows(service))
    eventually(lambda: not service.leaves(engine).orphans)
    leaves = service.leaves(engine)
    assert (leaves.tags, leaves.logs) == ([], [])
    with service.database() as database:
        assert database.execute("SELECT count(*) FROM builds").fetchone() == (0,)


def rows(service: ServiceProcess) -> list[str]:
    with service.database() as database:
        return [name for (name,) in database.execute("SELECT name FROM environments")]


def start_again(service: ServiceProcess, engine_relay: Relay) -> Client:
    engine_relay.cut()
    engine_relay.restore()
    service.start()
    return service.client("builder")


@pytest.fixture
def deletable(service: ServiceProcess, make_repository: MakeRepository) -> dict[str, Any]:
    """An environment with an image, on a running service."""
    service.start()
    client = service.client("builder")
    return client.built(client.add(make_repository().url))


def test_something_nobody_expected_is_in_the_way(
    service: ServiceProcess, engine: docker.DockerClient, make_repository: MakeRepository
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.add(f"{make_repository().url}-none")
    build_id = last_build(environment)
    assert client.ended(build_id)["status"] == "failed"
    log = service.state_dir / "logs" / f"{build_id}.log"
    log.unlink()
    log.mkdir()
    name = environment["name"]
    assert client.delete(f"api/environments/{name}").status_code == 204
    assert rows(service) == [name]
    log.rmdir()
    assert_all_is_gone(service, engine, client, name)


@pytest.mark.parametrize(
    "moment",
    [
        "before an image goes",
        pytest.param("after an image went", marks=pytest.mark.long),
        "before the row",
    ],
)
def test_the_service_dies(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    deletable: dict[str, Any],
    moment: str,
) -> None:
    client, name = service.client("builder"), deletable["name"]
    request = b"DELETE /v1.41/images/"
    if moment == "after an image went":
        engine_relay.hold_after(request)
    else:
        engine_relay.hold_at(request)
    with started(client.delete, f"api/environments/{name}"):
        assert engine_relay.held.wait(120)
        assert client.get(f"api/environments/{name}").status_code == 404
        if moment == "before the row":
            with service.database() as database:
                database.execute("BEGIN IMMEDIATE")
                engine_relay.release()
                eventually(lambda: not service.leaves(engine).tags)
                service.kill()
        else:
            service.kill()
    assert rows(service) == [name]
    client = start_again(service, engine_relay)
    assert_all_is_gone(service, engine, client, name)
    again = client.post("api/environments", {"name": name, "repo_url": deletable["repo_url"]})
    assert again.status_code == 202


@pytest.mark.long
def test_the_service_dies_while_it_stops_the_build(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(20)).url)
    wait_for_log(client, last_build(environment), "tick-1\n")
    name = environment["name"]
    engine_relay.hold_at(CHECK.encode())
    with started(client.delete, f"api/environments/{name}"):
        assert engine_relay.held.wait(120)
        assert client.get(f"api/environments/{name}").status_code == 404
        service.kill()
        assert rows(service) == [name]
    client = start_again(service, engine_relay)
    assert_all_is_gone(service, engine, client, name)


@pytest.mark.long
def test_the_engine_is_gone_before_it_begins(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    deletable: dict[str, Any],
) -> None:
    client, name = service.client("builder"), deletable["name"]
    engine_relay.cut()
    answer = client.delete(f"api/environments/{name}")
    assert answer.status_code == 503
    assert client.environment(name) == deletable
    engine_relay.restore()
    assert len(service.leaves(engine).tags) == 2
    assert client.delete(f"api/environments/{name}").status_code == 204
    assert_all_is_gone(service, engine, client, name)


@pytest.mark.long
def test_the_engine_goes_and_comes_back(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    deletable: dict[str, Any],
) -> None:
    client, name = service.client("builder"), deletable["name"]
    engine_relay.hold_after(b"DELETE /v1.41/images/")
    with started(client.delete, f"api/environments/{name}") as deletion:
        assert engine_relay.held.wait(120)
        engine_relay.cut()
    assert deletion.result().status_code == 204
    assert rows(service) == [name]
    engine_relay.restore()
    assert_all_is_gone(service, engine, client, name)
