"""Sixty builds at once while the service is killed again and again."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import docker
import pytest

from dev.relay import Relay
from tests.faults.building import last_build
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess

BUILDS = 60
CONCURRENCY = 4
SEED = 20


@contextmanager
def counted_images(docker_host: str, prefix: str) -> Iterator[Counter[str]]:
    """How often the engine gives each name to an image: once for each image that it finishes."""
    names: Counter[str] = Counter()
    engine = docker.DockerClient(docker_host)
    events = engine.events(decode=True, filters={"type": "image", "event": "tag"})

    def count() -> None:
        for event in events:
            name = event["Actor"]["Attributes"]["name"]
            if name.startswith(prefix):
                names[name] += 1

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    try:
        yield names
    finally:
        events.close()
        counting.join(10)
        engine.close()


def assert_in_order(service: ServiceProcess) -> dict[int, str]:
    """Only the latest begun may say so before earlier ones do; returns the statuses."""
    with service.database() as database:
        rows = database.execute("SELECT id, status, trigger FROM builds ORDER BY id").fetchall()
    begun = [id for id, status, trigger in rows if status != "queued" or trigger == "resume"]
    # Those that run at once each look for the engine first, and come to say so in any order.
    overtaken = [id for id, _, _ in rows if id not in begun and id < max(begun, default=0)]
    assert len(overtaken) < CONCURRENCY, (overtaken, rows)
    return {build_id: status for build_id, status, _ in rows}


@pytest.mark.timeout(600)
@pytest.mark.long
def test_sixty_builds_under_random_kills_are_all_built_once_and_in_order(
    service: ServiceProcess,
    engine: docker.DockerClient,
    docker_host: str,
    engine_relay: Relay,
    make_repository: MakeRepository,
) -> None:
    dice = random.Random(SEED)
    concurrency = f"c.BuildQueue.concurrency = {CONCURRENCY}\n"
    repositories = [make_repository("RUN echo second") for _ in range(BUILDS)]
    kills = 0
    with counted_images(docker_host, service.prefix) as images:
        service.start(concurrency)
        client = service.client("builder")
        with ThreadPoolExecutor(20) as people:
            added = people.map(lambda repository: client.add(repository.url), repositories)
            environments = {last_build(environment): environment for environment in added}
        assert sorted(environments) == list(range(1, BUILDS + 1))
        while set(assert_in_order(service).values()) != {"built"}:
            until = time.monotonic() + dice.uniform(4, 10)
            while time.monotonic() < until and set(assert_in_order(service).values()) != {"built"}:
                time.sleep(0.1)
            service.kill()
            kills += 1
            engine_relay.cut()
            engine_relay.restore()
            service.start(concurrency)
    assert kills > 3
    named = [f"{service.prefix}{e['name']}:build-{b}" for b, e in environments.items()]
    assert {name for name in named if images[name] > 1} == set()
    # An engine whose caller dies at this moment may name an image without saying so.
    assert sum(images[name] for name in named) >= BUILDS - kills
    for build_id, environment in environments.items():
        build = client.build(build_id)
        # Read as people do: what a death kept from the file is told from the row.
        ends = [event.data for event in client.events(build_id) if event.name == "status"]
        assert ends.count({"status": "built"}) == 1
        assert not [step for step in build["steps"] if step["status"] == "running"]
        now = client.environment(environment["name"])
        assert (now["status"], now["current_build"]["id"]) == ("ready", build_id)
        assert client.get(f"api/environments/{now['name']}/builds").json()["total"] == 1
