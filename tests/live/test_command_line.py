"""The commands that talk to a service, with a token of the Hub."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests

from dev.git_server import GitRepository
from tests.cli.command_line import CommandLine
from tests.live.service import Client, Deployment


@pytest.fixture
def command_line(
    deployment: Deployment, builder: Client, docker_host: str
) -> Iterator[CommandLine]:
    """The builder at a terminal of their own."""
    home = Path(tempfile.mkdtemp(prefix="tljh-envbuilder-test-", dir="/var/tmp"))
    environment = {
        "DOCKER_HOST": docker_host,
        "ENVBUILDER_SERVICE_URL": deployment.url,
        "JUPYTERHUB_API_TOKEN": builder.token or "",
    }
    yield CommandLine(home, environment)
    shutil.rmtree(home)


@pytest.fixture
def environment(builder: Client, repository: GitRepository) -> dict[str, Any]:
    return builder.built(builder.add(repository.url))


def test_environments_are_listed_rebuilt_and_launched(
    deployment: Deployment,
    builder: Client,
    command_line: CommandLine,
    environment: dict[str, Any],
    repository: GitRepository,
) -> None:
    name = environment["name"]
    [listed] = command_line("environments", name, "--json").result
    assert (listed["name"], listed["current_build"]) == (name, environment["current_build"])
    assert repository.url in command_line("environments").output

    commit = repository.commit({"README.md": "# Another\n"})
    rebuilt = command_line("rebuild", name)
    assert rebuilt.code == 0, rebuilt.errors
    build = builder.environment(name)["current_build"]
    assert build["resolved_ref"] == commit
    assert rebuilt.output == f"{build['image']}\n"
    assert "✔" in rebuilt.errors
    assert f":{commit[:7]} is ready" in command_line("log", name).output
    events = command_line("log", str(build["id"]), "--json").output.splitlines()
    assert events[-1] == '{"event": "status", "status": "built"}'

    try:
        launched = command_line("launch", name, "--profile=Medium", "--no-open", "--json").result
        header = {"Authorization": f"token {builder.token}"}
        answer = requests.get(f"{launched['url']}api/status", headers=header, timeout=30)
        assert answer.status_code == 200, answer.text
        again = command_line("launch", name, "--no-open")
        assert (again.code, again.output) == (5, "")
        assert "Your default server runs already: stop it first" in again.errors
    finally:
        builder.delete("api/servers/")


def test_an_environment_runs_on_ones_own_machine(
    command_line: CommandLine, engine: docker.DockerClient, environment: dict[str, Any]
) -> None:
    build = environment["current_build"]
    with command_line.server(environment["name"]) as server:
        container = engine.containers.get(server.container)
        assert container.image.id == build["image_id"]
        assert server.api("GET", "status").json()["started"]


def test_what_goes_wrong_has_a_sentence_and_a_code(
    builder: Client, command_line: CommandLine, repository: GitRepository
) -> None:
    repository.commit({"Dockerfile": "FROM scratch\nCOPY nothing-like-this /\n"})
    # A name may be a number, also one that no build has.
    name = builder.add(repository.url, name=str(uuid4().int)[:12])["name"]
    failed = command_line("log", name)
    assert failed.code == 1
    assert "nothing-like-this" in failed.errors.splitlines()[-1]
    refused = command_line("launch", name, "--no-open")
    assert (refused.code, refused.output) == (5, "")
    for command in ("log", "rebuild", "launch"):
        missing = command_line(command, "no-such-environment")
        assert (missing.code, missing.output) == (3, ""), missing.errors
    command_line.environment["JUPYTERHUB_API_TOKEN"] = "wrong"
    assert command_line("environments").code == 4
