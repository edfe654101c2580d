"""`tljh-envbuilder run` for a person without root, on a Podman of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest
import requests

from dev.podman import run_rootless_podman
from tests.cli.command_line import CommandLine
from tests.conftest import part

#: Nobody on this machine or in the image has it.
USER = 4321


@pytest.fixture
def podman(engine: docker.DockerClient, singleuser_image: str) -> Iterator[str]:
    """Address of the person's Podman, which has the image."""
    with part(run_rootless_podman(USER)) as address:
        with closing(docker.DockerClient(address, timeout=300)) as client:
            client.images.load(engine.images.get(singleuser_image).save(named=True))
        yield address


@pytest.mark.long
def test_files_belong_to_the_caller(
    command_line: CommandLine, podman: str, singleuser_image: str, open_folder: Path
) -> None:
    person = CommandLine(
        command_line.home,
        {"DOCKER_HOST": podman},
        {"user": USER, "group": USER, "extra_groups": []},
    )
    person.home.chmod(0o777)
    (person.home / "notes.txt").write_text("mine\n")
    work = "work/" + singleuser_image.partition(":")[0]
    with person.server(f"localhost/{singleuser_image}") as server:
        found = server.api("GET", f"contents/{work}/notes.txt").json()
        server.save(f"{work}/new.txt", "written in the server\n")
    assert found["content"] == "mine\n"
    written = (person.home / "new.txt").stat()
    assert (written.st_uid, written.st_gid) == (USER, USER)
    with pytest.raises(requests.ConnectionError):
        server.api("GET", "")
    with closing(docker.DockerClient(podman)) as client:
        assert client.containers.list(all=True) == []
