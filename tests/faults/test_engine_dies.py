"""The engine dies or cannot be reached: builds wait for it, and go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from dev.own_engine import OwnEngine
from dev.relay import Relay
from tests.faults.building import last_build, slow_check, ticking, wait_for_log, wait_for_status
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess
from tests.live.service import Client, eventually

DOES_NOT_ANSWER = "The container engine does not answer"


@pytest.fixture
def on_own_engine(
    tmp_path: Path, environment: dict[str, str], tokens: dict[str, str], own_engine: OwnEngine
) -> Iterator[ServiceProcess]:
    """A service that builds on the engine that may be killed."""
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=own_engine.address, tokens=tokens
    )
    service.start()
    yield service
    service.close()


def assert_it_went_on(client: Client, build_id: int) -> dict:
    build = client.ended(build_id)
    assert build["status"] == "built", f"{build['error']}\n{client.log(build_id)}"
    assert build["trigger"] == "resume"
    log = client.log(build_id)
    assert DOES_NOT_ANSWER in log
    assert not [step for step in build["steps"] if step["status"] == "running"]
    return build


def assert_nothing_else_is_there(service: ServiceProcess, engine: docker.DockerClient) -> None:
    eventually(lambda: not service.leaves(engine).orphans)
    assert engine.containers.list(all=True) == []
    assert len(service.leaves(engine).tags) == 2


@pytest.mark.parametrize("end", ["kill", pytest.param("stop", marks=pytest.mark.long)])
def test_while_a_step_runs(
    on_own_engine: ServiceProcess, own_engine: OwnEngine, make_repository: MakeRepository, end: str
) -> None:
    client = on_own_engine.client("builder")
    build_id = last_build(client.add(make_repository(ticking(5)).url))
    wait_for_log(client, build_id, "tick-3\n")
    getattr(own_engine, end)()
    wait_for_status(client, build_id, "queued")
    assert client.get("health").status_code == 503
    time.sleep(1)
    own_engine.start()
    build = assert_it_went_on(client, build_id)
    (first,) = [step for step in build["steps"] if "echo first" in step["name"]]
    assert first["cached"]
    with closing(docker.DockerClient(own_engine.address)) as engine:
        assert_nothing_else_is_there(on_own_engine, engine)


@pytest.mark.long
def test_while_the_image_is_checked(
    on_own_engine: ServiceProcess, own_engine: OwnEngine, make_repository: MakeRepository
) -> None:
    client = on_own_engine.client("builder")
    build_id = last_build(client.add(make_repository(slow_check(2)).url))
    with closing(docker.DockerClient(own_engine.address)) as engine:
        eventually(lambda: on_own_engine.leaves(engine).containers)
        own_engine.kill()
        wait_for_status(client, build_id, "queued")
        own_engine.start()
        assert_it_went_on(client, build_id)
        assert "finished before" in client.log(build_id)
        assert_nothing_else_is_there(on_own_engine, engine)


@pytest.mark.long
def test_with_the_whole_machine(
    on_own_engine: ServiceProcess, own_engine: OwnEngine, make_repository: MakeRepository
) -> None:
    client = on_own_engine.client("builder")
    repository = make_repository(ticking(2))
    ids = [last_build(client.add(repository.url)) for _ in range(3)]
    wait_for_log(client, ids[0], "tick-3\n")
    on_own_engine.kill()
    own_engine.lose_power()
    own_engine.start()
    on_own_engine.start()
    builds = [client.ended(build_id) for build_id in ids]
    assert [build["status"] for build in builds] == ["built"] * 3
    # Two run at once, and either may be the first to say so.
    assert builds[2]["started_at"] == max(build["started_at"] for build in builds)
    with closing(docker.DockerClient(own_engine.address)) as engine:
        eventually(lambda: not on_own_engine.leaves(engine).orphans)
        assert engine.containers.list(all=True) == []


def test_while_the_disk_is_full(
    on_own_engine: ServiceProcess, make_repository: MakeRepository, singleuser_image: str
) -> None:
    client = on_own_engine.client("builder")
    repository = make_repository("RUN cat /dev/zero > /tmp/all-there-is")
    build = client.ended(last_build(client.add(repository.url)))
    assert build["status"] == "failed"
    assert "the disk is full; ask the operator to make room" in build["error"]
    repository.commit({"Dockerfile": f"FROM {singleuser_image}\n"})
    path = f"api/environments/{build['environment']}/builds"
    again = client.ended(client.post(path).json()["id"])
    assert again["status"] == "built", again["error"]


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1.41/build?",
        pytest.param(b"/containers/create", marks=pytest.mark.long),
        b"/wait",
        pytest.param(b"/tag?", marks=pytest.mark.long),
    ],
    ids=lambda value: value.decode(),
)
def test_when_it_is_asked(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
    request_: bytes,
) -> None:
    service.start()
    client = service.client("builder")
    engine_relay.hold_at(request_)
    environment = client.add(make_repository().url)
    build_id = last_build(environment)
    assert engine_relay.held.wait(120)
    engine_relay.cut()
    wait_for_status(client, build_id, "queued")
    engine_relay.restore()
    assert_it_went_on(client, build_id)
    eventually(lambda: not service.leaves(engine).orphans)
    assert len(service.leaves(engine).tags_of(environment["name"])) == 2


def test_before_the_build_begins(
    service: ServiceProcess, engine_relay: Relay, make_repository: MakeRepository
) -> None:
    engine_relay.cut()
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository().url)
    build_id = last_build(environment)
    wait_for_log(client, build_id, "The build goes on once it does.")
    assert client.build(build_id)["status"] == "queued"
    engine_relay.restore()
    build = client.ended(build_id)
    assert (build["status"], build["trigger"]) == ("built", "add")


@pytest.mark.long
def test_for_longer_than_a_build_may_take(
    service: ServiceProcess, engine_relay: Relay, make_repository: MakeRepository
) -> None:
    service.start("c.BuildRunner.time_limit = 3\n")
    client = service.client("builder")
    engine_relay.cut()
    build = client.ended(last_build(client.add(make_repository().url)))
    assert build["status"] == "failed"
    assert "longer than 3 s" in build["error"]
    assert "because the container engine did not answer" in build["error"]


def test_and_a_build_that_waits_for_it_can_be_cancelled(
    service: ServiceProcess, engine_relay: Relay, make_repository: MakeRepository
) -> None:
    service.start()
    client = service.client("builder")
    engine_relay.cut()
    build_id = last_build(client.add(make_repository().url))
    wait_for_log(client, build_id, DOES_NOT_ANSWER)
    assert client.post(f"api/builds/{build_id}/cancel").status_code == 202
    assert client.ended(build_id)["status"] == "cancelled"
