"""What a service that was killed left behind, apart from images."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
import pytest

from dev.own_engine import OwnEngine
from tests.cleaning.conftest import Installation, build_image
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.cleaner import Cleaner
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.build import Build, BuildStatus
from tljh_envbuilder.models.labels import BUILD, CHECK, USER

Start = Callable[[dict[str, str]], str]


@pytest.fixture
def start(client: docker.DockerClient, base_image: str, prefix: str) -> Start:
    """Starts a container with labels, and returns its id."""

    def start(labels: dict[str, str]) -> str:
        container = client.containers.run(
            base_image,
            ["sleep", "300"],
            detach=True,
            init=True,
            name=f"{prefix.strip('/')}-container",
            labels=labels,
        )
        return str(container.id)

    return start


async def test_the_container_of_a_check_goes_once_its_build_has_ended(
    cleaner: Cleaner,
    ours: Installation,
    start: Start,
    client: docker.DockerClient,
) -> None:
    build = await ours.queued()
    await ours.store.builds.update(build.id, status=BuildStatus.CHECKING)
    check = start({CHECK: ours.store.installation, BUILD: str(build.id)})

    assert (await cleaner.clean()).containers == 0
    assert client.containers.get(check).status == "running"

    await ours.end(build, BuildStatus.FAILED)
    assert (await cleaner.clean()).containers == 1
    with pytest.raises(docker.errors.NotFound):
        client.containers.get(check)


async def test_the_container_of_another_service_s_check_stays(
    cleaner: Cleaner,
    start: Start,
    client: docker.DockerClient,
) -> None:
    check = start({CHECK: "somebody-else", BUILD: "1"})

    assert (await cleaner.clean()).containers == 0

    assert client.containers.get(check).status == "running"


async def test_a_server_is_never_taken_for_a_check(
    cleaner: Cleaner,
    ours: Installation,
    start: Start,
    client: docker.DockerClient,
) -> None:
    server = start({CHECK: ours.store.installation, BUILD: "1", USER: "ada"})

    assert (await cleaner.clean()).containers == 0

    assert client.containers.get(server).status == "running"


async def test_a_half_made_context_goes_once_its_build_has_ended(
    cleaner: Cleaner, ours: Installation, work_dir: Path
) -> None:
    running, ended = await ours.queued("maths"), await ours.queued("physics")
    await ours.end(ended, BuildStatus.CANCELLED)
    for build in (running, ended):
        (work_dir / f"build-{build.id}" / "src").mkdir(parents=True)

    assert (await cleaner.clean()).contexts == 1

    assert os.listdir(work_dir) == [f"build-{running.id}"]


async def test_build_cache_above_the_size_goes(
    own_engine: OwnEngine, cleaner_on: Callable[[DockerEngine], Cleaner]
) -> None:
    engine = DockerEngine(docker_host=own_engine.address)
    cleaner = cleaner_on(engine)
    for number in range(4):
        await build_image(engine, f"x:{number}", base="scratch", labels={})
        await engine.remove_image(f"x:{number}")
    before = (await engine.disk_use()).build_cache
    assert before > 4 * 32000

    cleaner.max_build_cache = before + 1
    assert (await cleaner.clean()).build_cache_bytes == 0

    cleaner.max_build_cache = before // 2
    freed = (await cleaner.clean()).build_cache_bytes

    after = (await engine.disk_use()).build_cache
    assert 0 < after <= before // 2
    assert freed >= before - after
    await engine.close()


async def test_it_cleans_at_the_start_and_after_each_build(
    cleaner: Cleaner, ours: Installation, changes: Changes
) -> None:
    cleaner.keep_builds = 1
    first = await ours.built()
    second = await ours.built()
    environment = await ours.store.environments.get("maths")

    await cleaner.start()
    try:
        await _until_given_up(ours, first)
        third = await ours.built()
        changes.build_changed(third, environment)
        await _until_given_up(ours, second)
    finally:
        await cleaner.stop()


async def test_it_cleans_at_its_interval(cleaner: Cleaner, ours: Installation) -> None:
    cleaner.keep_builds = 1
    cleaner.interval = 1.0
    await cleaner.start()
    try:
        first = await ours.built()
        await ours.built()
        await _until_given_up(ours, first)
    finally:
        await cleaner.stop()


async def test_it_goes_on_after_the_engine_was_away(
    ours: Installation, cleaner_on: Callable[[DockerEngine], Cleaner], docker_host: str
) -> None:
    first, *_ = [await ours.built() for _ in range(3)]
    # Sockets need short paths.
    with TemporaryDirectory() as folder:
        socket = f"{folder}/docker.sock"
        engine = DockerEngine(docker_host=f"unix://{socket}")
        cleaner = cleaner_on(engine)
        cleaner.interval = 1.0
        await cleaner.start()
        try:
            await asyncio.sleep(1.5)
            assert not await ours.is_given_up(first)
            os.symlink(docker_host.removeprefix("unix://"), socket)
            await _until_given_up(ours, first)
        finally:
            await cleaner.stop()
            await engine.close()


async def _until_given_up(ours: Installation, build: Build) -> None:
    for _ in range(200):
        if await ours.is_given_up(build) and not await ours.has_image(build):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"build {build.id} still has its image")
