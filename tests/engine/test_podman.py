"""Podman: what its API leaves undone when a build is left."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from pathlib import Path

import docker
import pytest

from dev.podman import run_podman, run_rootless_podman
from dev.ssh_server import SshServer
from tests.conftest import part
from tests.engine.fixture_types import MakeContext
from tests.engine.records import DONE, collect, states_of, text_of
from tests.engine.shell_image import shell_image
from tests.engine.ssh_client import client_config
from tests.engine.test_build_cancel import runs, until
from tljh_envbuilder.engine.docker import DockerEngine

BASE = "docker.io/library/shell:latest"


#: Nobody on this machine has it.
USER = 4321


@pytest.fixture(scope="module", params=["root", "rootless"])
def podman_host(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a real Podman with a small image."""
    run = run_podman() if request.param == "root" else run_rootless_podman(USER)
    with part(run) as address:
        with closing(docker.APIClient(address, version="auto")) as client:
            client.import_image_from_data(shell_image(), repository="shell")
        yield address


@pytest.fixture
async def podman(podman_host: str) -> AsyncIterator[DockerEngine]:
    engine = DockerEngine(docker_host=podman_host)
    yield engine
    await engine.close()


@pytest.mark.parametrize("before", ["", "RUN echo a step before\n"], ids=["first", "second"])
async def test_a_build_that_is_left_stops_its_step_and_starts_no_other(
    podman: DockerEngine, podman_host: str, make_context: MakeContext, before: str
) -> None:
    seconds = f"{random.randint(10_000, 99_999)}.5"
    dockerfile = f"FROM {BASE}\n{before}RUN exec sleep {seconds}\nRUN exec sleep {seconds}1\n"
    context = make_context({"Dockerfile": dockerfile})
    build = podman.build(context, tag="left:1", dockerfile="Dockerfile", build_args={}, labels={})
    task = asyncio.create_task(collect(build))
    await until(lambda: runs("sleep", seconds), seconds=30)

    task.cancel()

    await until(lambda: not runs("sleep", seconds), seconds=60)
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(1)
    assert not runs("sleep", f"{seconds}1")
    assert await podman.image("left:1") is None
    await until(lambda: _working_containers(podman_host) == [], seconds=60)


@pytest.mark.long
async def test_steps_of_other_builds_go_on(podman: DockerEngine, make_context: MakeContext) -> None:
    seconds = f"{random.randint(10_000, 99_999)}.5"
    left = make_context({"Dockerfile": f"FROM {BASE}\nRUN exec sleep {seconds}\n"})
    other = make_context({"Dockerfile": f"FROM {BASE}\nRUN exec sleep 3; echo {seconds}\n"})
    options = {"dockerfile": "Dockerfile", "build_args": {}, "labels": {}}
    leaving = asyncio.create_task(collect(podman.build(left, tag="left:2", **options)))
    going_on = asyncio.create_task(collect(podman.build(other, tag="other:1", **options)))
    await until(lambda: runs("sleep", seconds) and runs("sleep", "3"), seconds=30)

    leaving.cancel()

    with suppress(asyncio.CancelledError):
        await leaving
    assert runs("sleep", "3")
    records = await going_on
    assert states_of(records, "exec sleep 3")[-1] == DONE


async def test_the_mark_of_a_step_is_not_in_the_image(
    podman: DockerEngine, make_context: MakeContext
) -> None:
    dockerfile = f"FROM {BASE}\nRUN cat /etc/hosts > /hosts\nRUN cat /etc/hosts\n"
    context = make_context({"Dockerfile": dockerfile})
    options = {"dockerfile": "Dockerfile", "build_args": {}, "labels": {}}
    records = await collect(podman.build(context, tag="marked:1", **options))
    assert "envbuilder-" in text_of(records)
    seen = await podman.run("marked:1", ["/bin/cat", "/etc/hosts"], timeout=30)
    assert "envbuilder-" not in seen


def _working_containers(podman_host: str) -> list[str]:
    command = ["podman", "--url", podman_host, "ps", "--all", "--external", "--format={{.Names}}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()


async def test_the_use_of_a_container_is_told_as_far_as_podman_knows_it(
    podman: DockerEngine, podman_host: str
) -> None:
    with closing(docker.APIClient(podman_host, version="auto")) as client:
        container = client.create_container(BASE, ["/bin/sleep", "60"])["Id"]
        try:
            client.start(container)
            usage = await podman.usage(container)
        finally:
            client.remove_container(container, force=True)
    assert usage is not None
    assert usage.memory_used is None or usage.memory_used > 0
    assert usage.cpu_used is None or usage.cpu_used < 1


async def test_a_build_over_ssh_gets_its_context_compressed(
    podman_host: str, ssh_server: SshServer, make_context: MakeContext, tmp_path: Path
) -> None:
    engine = DockerEngine(
        docker_host=f"ssh://elsewhere{podman_host.removeprefix('unix://')}",
        ssh_config=str(client_config(ssh_server, tmp_path)),
    )
    context = make_context({"Dockerfile": f"FROM {BASE}\nCOPY . /\nRUN cat /said\n", "said": "so"})
    options = {"dockerfile": "Dockerfile", "build_args": {}, "labels": {}}
    assert "so" in text_of(await collect(engine.build(context, tag="ssh:1", **options)))
    assert (await engine.run("ssh:1", ["/bin/cat", "/said"], timeout=30)) == "so"
    await engine.close()
