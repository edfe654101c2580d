"""Running a command in an image on the real engine."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.fixture_types import LABEL
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import NotFound


async def test_a_run_gives_the_output(engine: DockerEngine, base_image: str) -> None:
    output = await engine.run(base_image, ["sh", "-c", "echo out; echo é >&2; exit 3"], timeout=60)

    assert sorted(output.splitlines()) == ["out", "é"]


async def test_a_command_that_is_not_there_is_named(engine: DockerEngine, base_image: str) -> None:
    output = await engine.run(base_image, ["nosuch-command"], timeout=60)

    assert "nosuch-command" in output


async def test_a_run_has_no_network(engine: DockerEngine, base_image: str) -> None:
    output = await engine.run(base_image, ["ls", "/sys/class/net"], timeout=60)

    assert output.split() == ["lo"]


async def test_a_run_has_the_memory_it_is_given(engine: DockerEngine, base_image: str) -> None:
    hungry = ["python3", "-c", "print(1, flush=True); print(len(bytearray(200_000_000)))"]

    output = await engine.run(base_image, hungry, timeout=60, mem_limit=64 * 2**20)

    assert output == "1\n"


async def test_only_the_end_of_much_output_is_kept(engine: DockerEngine, base_image: str) -> None:
    output = await engine.run(base_image, ["seq", "500000"], timeout=60)

    assert output.endswith("499999\n500000\n")
    assert 50_000 < len(output) <= 100_000


async def test_a_command_that_takes_too_long_is_ended_and_removed(
    engine: DockerEngine, base_image: str, unique: str
) -> None:
    with pytest.raises(TimeoutError, match="within 1 seconds"):
        await engine.run(base_image, ["sleep", "300"], timeout=1, labels={LABEL: unique})

    assert await engine.containers({LABEL: unique}) == []


async def test_a_run_leaves_no_container(
    engine: DockerEngine, base_image: str, unique: str
) -> None:
    await engine.run(base_image, ["true"], timeout=60, labels={LABEL: unique})

    assert await engine.containers({LABEL: unique}) == []


@pytest.mark.parametrize("seconds", [0, 0.01, 0.05, 0.1, 0.3, 1.5])
async def test_a_cancelled_run_leaves_no_container(
    engine: DockerEngine, base_image: str, unique: str, seconds: float
) -> None:
    running = asyncio.create_task(
        engine.run(base_image, ["sleep", "300"], timeout=60, labels={LABEL: unique})
    )
    await asyncio.sleep(seconds)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await engine.containers({LABEL: unique}) == []


async def test_a_run_needs_its_image(engine: DockerEngine) -> None:
    with pytest.raises(NotFound, match="'tljh-envbuilder-test-absent:1' is not on the engine"):
        await engine.run("tljh-envbuilder-test-absent:1", ["true"], timeout=60)
