"""What the engine says of the disk that it uses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.fixture_types import Build
from tests.engine.records import collect
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EngineUnavailable


@pytest.fixture
async def engines(docker_host: str) -> AsyncIterator[list[DockerEngine]]:
    """The same engine for several clients."""
    engines = [DockerEngine(docker_host=docker_host) for _ in range(4)]
    yield engines
    for engine in engines:
        await engine.close()


async def test_an_image_takes_what_it_adds_to_its_base(
    engine: DockerEngine, build: Build, tag: str, base_image: str, unique: str
) -> None:
    script = f"import sys; open('/big', 'w').write({unique!r} * 100000)"
    await collect(build(f'FROM {base_image}\nRUN python3 -c "{script}"\n'))
    base, image = await engine.image(base_image), await engine.image(tag)
    assert base is not None
    assert image is not None

    use = await engine.disk_use()

    assert use.images[image.id].size == image.size
    assert use.images[image.id].shared >= base.size
    assert image.size - use.images[image.id].shared == pytest.approx(len(unique) * 100000, rel=0.01)
    assert image.size < use.layers < sum(each.size for each in use.images.values())
    assert use.build_cache > 0


async def test_a_removed_image_is_no_longer_counted(
    engine: DockerEngine, build: Build, tag: str, unique: str
) -> None:
    await collect(build(f"FROM scratch\nCOPY hello.txt /{unique}\n"))
    image = await engine.image(tag)
    assert image is not None
    assert image.id in (await engine.disk_use()).images

    await engine.remove_image(tag)

    assert image.id not in (await engine.disk_use()).images


async def test_all_who_ask_at_once_get_one_answer(engine: DockerEngine) -> None:
    first, *others = await asyncio.gather(*(engine.disk_use() for _ in range(20)))

    assert all(other is first for other in others)


@pytest.mark.long
async def test_several_clients_wait_for_each_other(engines: list[DockerEngine]) -> None:
    answers = await asyncio.gather(*(engine.disk_use() for engine in engines))

    assert all(answer.layers > 0 for answer in answers)


async def test_who_stops_waiting_leaves_the_answer_to_others(engine: DockerEngine) -> None:
    impatient = asyncio.create_task(engine.disk_use())
    await asyncio.sleep(0)
    patient = asyncio.create_task(engine.disk_use())
    impatient.cancel()

    assert (await patient).layers > 0


async def test_a_failure_is_not_kept(docker_host: str, tmp_path: Path) -> None:
    socket = tmp_path / "s"
    engine = DockerEngine(docker_host=f"unix://{socket}")
    with pytest.raises(EngineUnavailable):
        await engine.disk_use()
    socket.symlink_to(docker_host.removeprefix("unix://"))

    assert (await engine.disk_use()).layers > 0
    await engine.close()


async def test_the_data_of_an_engine_on_this_machine_is_somewhere(engine: DockerEngine) -> None:
    root = await engine.data_root()

    assert root is not None
    assert (root / "containers").exists()


async def test_the_data_of_an_engine_elsewhere_is_not_looked_for() -> None:
    engine = DockerEngine(docker_host="tcp://127.0.0.1:9")

    assert await engine.data_root() is None
