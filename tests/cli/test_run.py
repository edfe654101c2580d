"""`tljh-envbuilder run` and `compose`: a server of one's own from an image."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
import requests

from dev.process import DevError, free_port, wait_until
from dev.registry import Registry
from dev.relay import Relay
from tests.cli.command_line import COMMAND, CommandLine
from tests.conftest import skipping

#: Nobody on this machine or in the image has these.
UID, GID = 4321, 4322


@pytest.fixture
def somebody(command_line: CommandLine, docker_host: str, open_folder: Path) -> CommandLine:
    """A user of the machine who may use the engine."""
    if os.geteuid() != 0 or not docker_host.startswith("unix://"):
        pytest.skip("needs root, and an engine of this machine")
    group = os.stat(docker_host.removeprefix("unix://")).st_gid
    command_line.user = {"user": UID, "group": GID, "extra_groups": [group]}
    os.chown(command_line.home, UID, GID)
    return command_line


@contextmanager
def ssh_agent(folder: Path) -> Iterator[str]:
    """The user's agent; gives its socket."""
    path = folder / "agent.sock"
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL, user=UID, group=GID
    )
    try:
        wait_until(path.exists, timeout=10, what="no agent")
        yield str(path)
    finally:
        agent.terminate()
        agent.wait()


def in_container(engine: docker.DockerClient, container: str, script: str) -> str:
    """What a script of the server's user prints."""
    done = engine.containers.get(container).exec_run(["sh", "-c", script], user=str(UID))
    return done.output.decode().strip()


def test_files_belong_to_the_caller_and_nothing_is_left_of_the_server(
    somebody: CommandLine, engine: docker.DockerClient, singleuser_image: str
) -> None:
    (somebody.home / "notes.txt").write_text("mine\n")
    work = "work/" + singleuser_image.partition(":")[0]
    with ssh_agent(somebody.home) as agent:
        somebody.environment["SSH_AUTH_SOCK"] = agent
        with somebody.server(singleuser_image, "--ssh-agent") as server:
            host = server.url.removeprefix("http://").partition(":")[0]
            found = server.api("GET", f"contents/{work}/notes.txt").json()
            server.save(f"{work}/new.txt", "written in the server\n")
            who = in_container(engine, server.container, "id -un; id -g; test -w ~ && echo ~")
            keys = in_container(engine, server.container, f"python3 -c '{ASK_AGENT}'")
            assert server.url.endswith(server.url.partition("token=")[2])
    assert host == "127.0.0.1"
    assert found["content"] == "mine\n"
    written = somebody.home / "new.txt"
    assert (written.stat().st_uid, written.stat().st_gid) == (UID, GID)
    assert who.split() == ["jovyan", str(GID), "/home/jovyan"]
    assert keys == "0 keys"
    with pytest.raises(docker.errors.NotFound):
        engine.containers.get(server.container)


# Asks the agent for its keys; answers 12 (SSH2_AGENT_IDENTITIES_ANSWER) and how many there are.
ASK_AGENT = (
    'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/ssh-agent.sock"); '
    's.sendall(bytes([0, 0, 0, 1, 11])); a = s.recv(9); assert a[4] == 12; print(a[8], "keys")'
)


def test_an_engine_elsewhere_is_reached_by_a_forwarded_port(
    command_line: CommandLine, engine: docker.DockerClient, docker_host: str, name: str,
    open_folder: Path, singleuser_image: str,
) -> None:  # fmt: skip
    folder = open_folder / name
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM {singleuser_image}\n")
    (folder / "lesson.txt").write_text("of the repository\n")
    with Relay(docker_host) as relay:
        command_line.environment["DOCKER_HOST"] = f"tcp://{relay.address}"
        with command_line.server(".", cwd=folder) as server:
            ports = engine.containers.get(server.container).attrs["HostConfig"]["PortBindings"]
            lesson = server.api("GET", f"contents/work/{name}/lesson.txt").json()
            server.save(f"work/{name}/large.txt", "x" * 3_000_000)
            large = server.api("GET", f"contents/work/{name}/large.txt").json()
    assert not ports
    assert lesson["content"] == "of the repository\n"
    assert large["size"] == 3_000_000
    assert not (folder / "large.txt").exists()


def test_a_registry_that_wants_a_login_is_given_one(
    command_line: CommandLine, engine: docker.DockerClient, registry: Registry, name: str,
) -> None:  # fmt: skip
    image = f"{registry.address}/{name}:1"
    account = {"username": registry.username, "password": registry.password}
    engine.api.import_image_from_data(b"\0" * 10240, repository=image.rpartition(":")[0], tag="1")
    engine.api.push(image, auth_config=account)
    engine.images.remove(image)
    refused = command_line("run", image, "--no-open")
    assert (refused.code, refused.output) == (4, "")
    assert "asks for a login" in refused.errors

    terminal, stdin = pty.openpty()
    asked = subprocess.Popen(
        [*COMMAND, "run", image, "--no-open"],
        cwd=command_line.home,
        env={**os.environ, **command_line.environment, "HOME": str(command_line.home)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stdin,
        start_new_session=True,
    )
    os.close(stdin)
    answers(terminal, "User name", registry.username)
    answers(terminal, "Password", registry.password)
    said = rest_of(terminal)
    asked.communicate(timeout=30)
    assert f"✔ Pull {image}" in said, said
    assert registry.password not in said
    assert engine.images.get(image)


def answers(terminal: int, question: str, answer: str) -> None:
    """Wait for the question, and type."""
    said, deadline = b"", time.monotonic() + 60
    while question.encode() not in said:
        assert time.monotonic() < deadline, said
        said += os.read(terminal, 1024)
    os.write(terminal, f"{answer}\n".encode())


def rest_of(terminal: int) -> str:
    """What else it says, without colours."""
    said = b""
    try:
        while chunk := os.read(terminal, 65536):
            said += chunk
    except OSError:  # nobody writes to it any more
        pass
    os.close(terminal)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode())


def test_compose_does_the_same_for_a_group(
    command_line: CommandLine, singleuser_image: str, open_folder: Path, docker_host: str
) -> None:
    with skipping():
        if shutil.which("docker-compose") is None:
            raise DevError("No docker-compose here: install Debian's, or `make setup`.")
    folder = open_folder / "shared"
    folder.mkdir()
    os.chown(folder, UID, GID)
    printed = command_line("compose", singleuser_image, f"--uid={UID}", f"--gid={GID}")
    assert printed.code == 0, printed.errors
    (folder / "docker-compose.yml").write_text(printed.output)
    port = free_port()
    (folder / ".env").write_text(f"JUPYTER_TOKEN=abc\nPORT={port}\n")
    project = ["docker-compose", "--project-name", folder.parent.name.lower()]
    environment = {**os.environ, "DOCKER_HOST": docker_host}
    run = {"cwd": folder, "env": environment, "check": True, "capture_output": True}
    subprocess.run([*project, "up", "--detach"], **run)  # type: ignore[call-overload]
    try:
        address = f"http://127.0.0.1:{port}/api"
        wait_until(lambda: _answers(address), timeout=60, what="no server")
        path = f"{address}/contents/work/{singleuser_image.partition(':')[0]}/new.txt?token=abc"
        requests.put(path, json={"type": "file", "format": "text", "content": "x"}, timeout=30)
        written = (folder / "new.txt").stat()
        assert (written.st_uid, written.st_gid) == (UID, GID)
    finally:
        subprocess.run([*project, "down"], **run)  # type: ignore[call-overload]


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except (TimeoutError, requests.RequestException):
        return False
