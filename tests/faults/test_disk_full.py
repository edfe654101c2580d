"""A disk is full for a while."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer
from tests.conftest import part
from tests.faults.building import last_build, ticking, wait_for_log
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess
from tests.faults.small_disk import small_disk
from tests.live.service import eventually


def fill(folder: Path) -> Path:
    """A file that takes all the space that there is."""
    filler = folder / "filler"
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False
    )
    return filler


@pytest.fixture
def mount() -> Iterator[Callable[..., None]]:
    """Put a small disk on a folder."""
    with ExitStack() as mounted:
        yield lambda folder, **size: mounted.enter_context(part(small_disk(folder, **size)))


@pytest.mark.long
def test_that_of_the_state_folder_while_a_step_runs(
    service: ServiceProcess, mount: Callable[..., None], make_repository: MakeRepository
) -> None:
    mount(service.state_dir, mebibytes=4)
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(1), "RUN echo the last step").url)
    wait_for_log(client, last_build(environment), "tick-1\n")
    filler = fill(service.state_dir)
    eventually(lambda: "The disk that holds the database is full." in service.said)
    assert client.build(last_build(environment))["status"] == "building"
    filler.unlink()
    assert client.built(environment)["status"] == "ready"
    (*_, end) = client.events(last_build(environment))
    assert end.data == {"status": "built"}


def test_that_of_the_state_folder_when_the_service_dies(
    service: ServiceProcess, mount: Callable[..., None], make_repository: MakeRepository
) -> None:
    mount(service.state_dir, mebibytes=4)
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(1)).url)
    wait_for_log(client, last_build(environment), "tick-1\n")
    filler = fill(service.state_dir)
    eventually(lambda: "The disk that holds the database is full." in service.said)
    service.kill()
    filler.unlink()
    service.start()
    assert client.built(environment)["status"] == "ready"


def test_that_on_which_repositories_are_fetched(
    service: ServiceProcess,
    engine: docker.DockerClient,
    mount: Callable[..., None],
    git_server: GitServer,
) -> None:
    mount(service.work_dir, mebibytes=2)
    service.work_dir.chmod(0o711)
    large = {"README.md": "# Large\n", "data.bin": uuid4().bytes * 2**18}
    repository = git_server.create(f"large-{uuid4().hex[:8]}", large)
    service.start()
    client = service.client("builder")
    build = client.ended(last_build(client.add(repository.url)))
    assert build["status"] == "failed"
    assert "space" in build["error"] or "full" in build["error"]
    eventually(lambda: not service.leaves(engine).orphans)
