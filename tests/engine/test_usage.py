"""What a container uses and may use, on a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from tljh_envbuilder.engine import usage as usage_module
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.usage import Usage

Run = Callable[..., str]
BUSY = "while :; do :; done"


@pytest.fixture
def run(docker_host: str, base_image: str) -> Iterator[Run]:
    """Run a shell script in a container; gives its id."""
    client = docker.DockerClient(base_url=docker_host)
    containers: list[Any] = []

    def run(script: str, **options: Any) -> str:
        command = ["sh", "-c", script]
        containers.append(client.containers.run(base_image, command, detach=True, **options))
        return str(containers[-1].id)

    yield run
    for container in containers:
        container.remove(force=True)
    client.close()


async def test_a_busy_container_uses_the_cores_it_may(engine: DockerEngine, run: Run) -> None:
    container = run(BUSY, cpu_period=100_000, cpu_quota=50_000, mem_limit=2**28)
    await asyncio.sleep(1)
    usage = await engine.usage(container)
    assert usage is not None
    assert (usage.mem_limit, usage.cpu_limit) == (2**28, 0.5)
    assert usage.memory_used is not None
    assert 0 < usage.memory_used < 2**28
    assert usage.cpu_used is not None
    assert 0.1 < usage.cpu_used < 0.8


async def test_an_idle_container_uses_next_to_nothing_and_has_no_limits(
    engine: DockerEngine, run: Run
) -> None:
    usage = await engine.usage(run("sleep 60"))
    assert usage is not None
    assert usage.mem_limit is usage.cpu_limit is None
    assert usage.cpu_used is not None
    assert usage.cpu_used < 0.2


async def test_cores_given_in_one_number_are_a_limit_too(engine: DockerEngine, run: Run) -> None:
    usage = await engine.usage(run("sleep 60", nano_cpus=750_000_000))
    assert usage is not None
    assert usage.cpu_limit == 0.75


async def test_memory_is_without_what_the_page_cache_holds(engine: DockerEngine, run: Run) -> None:
    container = run("head -c 64M /dev/zero > /tmp/file; cat /tmp/file > /dev/null; sleep 60")
    await asyncio.sleep(2)
    usage = await engine.usage(container)
    assert usage is not None
    assert usage.memory_used is not None
    assert usage.memory_used < 2**25


async def test_who_asks_again_does_not_wait_for_a_second_look(
    engine: DockerEngine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def look(*arguments: Any) -> Any:
        looks.append(arguments)
        return await read_stats(*arguments)

    read_stats = usage_module._look
    monkeypatch.setattr(usage_module, "_look", look)
    container = run(BUSY, cpu_period=100_000, cpu_quota=20_000)
    await engine.usage(container)
    await asyncio.sleep(1)
    usage = await engine.usage(container)
    assert len(looks) == 3
    assert usage is not None
    assert usage.cpu_used


async def test_a_container_that_has_ended_uses_nothing(engine: DockerEngine, run: Run) -> None:
    container = run("true", mem_limit=2**28)
    for _ in range(600):
        if (usage := await engine.usage(container)) == Usage(mem_limit=2**28):
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"A container that has ended still uses {usage}.")


async def test_a_container_that_is_not_there_uses_nothing(engine: DockerEngine) -> None:
    assert await engine.usage("no-such-container") is None
