"""The database does not answer for a while: builds wait for it, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import docker
import pytest

from dev.relay import Relay
from tests.faults.building import last_build, ticking, wait_for_log
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess
from tests.live.service import eventually


@pytest.fixture
async def database(postgresql_url: str) -> str:
    """An empty database in PostgreSQL: its address, without the driver."""
    url = postgresql_url.replace("+asyncpg", "")
    name = f"faults_{uuid4().hex}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return url.rpartition("/")[0] + f"/{name}"


@pytest.fixture
def database_relay(database: str) -> Iterator[Relay]:
    """The way from the service to that database."""
    with Relay(urlsplit(database).netloc.rpartition("@")[2]) as relay:
        yield relay


@pytest.fixture
def setting(database: str, database_relay: Relay) -> str:
    """Configuration of a service that uses that database."""
    netloc = urlsplit(database).netloc.rpartition("@")[2]
    return f"c.Store.database_url = {database.replace(netloc, database_relay.address)!r}\n"


@pytest.mark.long
def test_another_program_locks_it_while_a_step_runs(
    service: ServiceProcess, make_repository: MakeRepository
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(1)).url)
    wait_for_log(client, last_build(environment), "tick-1\n")
    with service.database() as database:
        database.execute("BEGIN IMMEDIATE")
        # The service lets SQLite wait for ten seconds.
        told = "waits for the database: Another program keeps the database locked."
        eventually(lambda: told in service.said)
        assert client.build(last_build(environment))["status"] == "building"
    assert client.built(environment)["status"] == "ready"


@pytest.mark.parametrize(
    "moment",
    [
        "a step runs",
        pytest.param("the image is published", marks=pytest.mark.long),
        pytest.param("a build waits", marks=pytest.mark.long),
    ],
)
def test_it_goes_and_comes_back_while(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    database_relay: Relay,
    setting: str,
    make_repository: MakeRepository,
    moment: str,
) -> None:
    service.start(f"{setting}c.BuildQueue.concurrency = 1\n")
    client = service.client("builder")
    environments = [client.add(make_repository(ticking(1)).url) for _ in range(2)]
    first, second = map(last_build, environments)
    if moment == "the image is published":
        engine_relay.hold_at(b"/tag?")
        assert engine_relay.held.wait(120)
    else:
        wait_for_log(client, first, "tick-1\n")
    database_relay.cut()
    assert client.get("health").status_code == 503
    assert client.get(f"api/builds/{first}").status_code == 503
    engine_relay.release()
    if moment == "a build waits":
        time.sleep(2)
    eventually(lambda: "waits for the database" in service.said)
    database_relay.restore()
    assert [client.ended(build)["status"] for build in (first, second)] == ["built", "built"]
    assert client.get("health").status_code == 200
    for environment in environments:
        assert client.environment(environment["name"])["status"] == "ready"


def test_it_is_not_there_when_the_service_starts(
    service: ServiceProcess, database_relay: Relay, setting: str
) -> None:
    database_relay.cut()
    service.start(setting, wait=False)
    assert service.wait() == 1
    assert "The database does not answer." in service.said
    assert "Traceback" not in service.said
    database_relay.restore()
    service.start(setting)
    assert service.client("builder").get("health").status_code == 200
