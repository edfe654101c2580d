"""`tljh-envbuilder run` and `compose`: a server of one's own from an image."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import socket
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
from dev.ssh_server import SshServer
from tests.cli.command_line import COMMAND, CommandLine
from tests.conftest import skipping
from tests.engine.ssh_client import client_config

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
        wait_until(path.exists, timeout=60, what="no agent")
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
            without_token = server.url.partition("?")[0].replace("/lab/tree", "/api/contents")
            assert requests.get(without_token, timeout=30).status_code == 403
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


@pytest.mark.long
def test_a_folder_of_a_group_is_open_to_who_is_in_it(
    somebody: CommandLine, singleuser_image: str, open_folder: Path
) -> None:
    team = 4399
    somebody.user["extra_groups"].append(team)
    shared = open_folder / "shared folder"
    shared.mkdir()
    os.chown(shared, 0, team)
    shared.chmod(0o2770)
    with somebody.server(singleuser_image, f"--folder={shared}") as server:
        server.save(f"work/{singleuser_image.partition(':')[0]}/new.txt", "of the team")
    assert ((shared / "new.txt").stat().st_uid, (shared / "new.txt").stat().st_gid) == (UID, team)


def test_the_image_s_own_user_may_be_the_caller(
    somebody: CommandLine, engine: docker.DockerClient, singleuser_image: str
) -> None:
    uid = int(engine.containers.run(singleuser_image, ["id", "-u"], remove=True))
    somebody.user |= {"user": uid, "group": uid}
    os.chown(somebody.home, uid, uid)
    with somebody.server(singleuser_image) as server:
        server.save(f"work/{singleuser_image.partition(':')[0]}/new.txt", "x")
    assert (somebody.home / "new.txt").stat().st_uid == uid


def test_what_opens_in_the_browser_shows_the_token_to_nobody_else(
    command_line: CommandLine, engine: docker.DockerClient, singleuser_image: str
) -> None:
    browser, opened = command_line.home / "browser", command_line.home / "opened"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >{opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    command_line.environment["BROWSER"] = str(browser)
    process = command_line.start("run", singleuser_image, "--ui=rstudio", "--json")
    server = command_line.started(process)
    wait_until(opened.exists, timeout=60, what="no browser was opened")
    address = opened.read_text()
    page = Path(address.removeprefix("file://"))
    assert "token" not in address
    assert page.stat().st_mode & 0o777 == 0o600
    assert page.parent.stat().st_mode & 0o777 == 0o700
    assert server.url in page.read_text()
    assert "The image has no rstudio: this opens JupyterLab." in command_line.errors

    process.send_signal(signal.SIGHUP)  # the terminal is closed

    assert process.wait(timeout=120) == 130
    assert not page.parent.exists()
    assert not is_there(engine, server.container)


def is_there(engine: docker.DockerClient, container: str) -> bool:
    return bool(engine.containers.list(all=True, filters={"id": container}))


def test_ctrl_c_before_the_server_answers_leaves_nothing(
    command_line: CommandLine, engine: docker.DockerClient, singleuser_image: str
) -> None:
    mine = {"name": f"{singleuser_image.partition(':')[0]}-"}

    def servers() -> set[str]:
        return {
            found.id
            for found in engine.containers.list(all=True, filters=mine, ignore_removed=True)
        }

    others = servers()
    process = command_line.start("run", singleuser_image, "--no-open")
    wait_until(lambda: servers() > others, timeout=60, what="no container")
    for _ in range(2):  # twice, as people do
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 130, command_line.errors
    assert servers() <= others
    assert command_line.output == ""


def test_a_server_that_ends_by_itself_is_a_failure_with_its_last_words(
    command_line: CommandLine, engine: docker.DockerClient, singleuser_image: str
) -> None:
    process = command_line.start("run", singleuser_image, "--no-open", "--json")
    server = command_line.started(process)
    engine.containers.get(server.container).kill()
    assert process.wait(timeout=120) == 1
    assert "ended by itself" in command_line.errors
    assert "Jupyter Server" in command_line.errors


def test_an_engine_that_is_lost_before_the_server_answers_is_what_is_told(
    command_line: CommandLine, engine: docker.DockerClient, docker_host: str, singleuser_image: str
) -> None:
    mine = {"name": f"{singleuser_image.partition(':')[0]}-"}
    others = {found.id for found in engine.containers.list(all=True, filters=mine)}
    try:
        with Relay(docker_host) as relay:
            command_line.environment["DOCKER_HOST"] = f"tcp://{relay.address}"
            relay.hold_at(b"/exec")  # the way to the server
            process = command_line.start("run", singleuser_image, "--no-open")
            assert relay.held.wait(timeout=60)
            relay.cut()
            assert process.wait(timeout=60) == 6, command_line.errors
        assert "ended by itself" not in command_line.errors
    finally:
        for found in engine.containers.list(all=True, filters=mine):
            if found.id not in others:
                found.remove(force=True)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_a_port_that_is_taken_is_said_to_be(
    command_line: CommandLine, docker_host: str, singleuser_image: str, elsewhere: bool
) -> None:
    with Relay(docker_host) as relay, socket.create_server(("127.0.0.1", 0)) as taken:
        if elsewhere:
            command_line.environment["DOCKER_HOST"] = f"tcp://{relay.address}"
        port = taken.getsockname()[1]
        refused = command_line("run", singleuser_image, "--no-open", f"--port={port}")
    assert (refused.code, refused.output) == (5, ""), refused.errors
    assert "taken" in refused.errors


@pytest.mark.parametrize("name", ["no-such-environment", "envbuilder/somebody:8f3c2d1"])
def test_what_no_registry_is_named_for_is_not_pulled(command_line: CommandLine, name: str) -> None:
    missing = command_line("run", name, "--no-open", "--json")
    assert missing.code == 3
    assert name in json.loads(missing.errors)["error"], "and nothing was tried before"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "image", "--docker-host=what://ever"], 2),
        (["environments"], 2),
        (["run", "image", "--docker-host=tcp://127.0.0.1:1"], 6),
    ],
)
def test_a_mistake_is_told_as_json(
    command_line: CommandLine, arguments: list[str], code: int
) -> None:
    refused = command_line(*arguments, "--json")
    assert refused.code == code, refused.errors
    assert json.loads(refused.errors)["exit_code"] == code


@pytest.mark.long
def test_another_page_opens_where_the_image_has_it(
    command_line: CommandLine, name: str, open_folder: Path, singleuser_image: str
) -> None:
    folder = open_folder / name
    folder.mkdir()
    (folder / "Dockerfile").write_text(
        f"FROM {singleuser_image}\nUSER root\nRUN pip install --quiet jupyter-server-proxy"
        ' && mkdir -p /etc/jupyter && echo \'c.ServerProxy.servers = {"vscode": {"command":'
        ' ["python3", "-m", "http.server", "{port}"]}}\' >/etc/jupyter/jupyter_server_config.py\n'
        "USER jovyan\n"
    )
    with command_line.server(".", "--ui=vscode", cwd=folder) as server:
        assert "/vscode?token=" in server.url
        assert "Directory listing" in requests.get(server.url, timeout=30).text


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
        with command_line.server(singleuser_image) as server:  # without a repository's files
            server.save(f"work/{singleuser_image.partition(':')[0]}/new.txt", "x")
    assert not ports
    assert lesson["content"] == "of the repository\n"
    assert large["size"] == 3_000_000
    assert not (folder / "large.txt").exists()


@pytest.mark.long
def test_an_engine_elsewhere_is_reached_over_ssh(
    command_line: CommandLine, docker_host: str, ssh_server: SshServer, singleuser_image: str
) -> None:
    if not docker_host.startswith("unix://"):
        pytest.skip("needs an engine of this machine")
    # What a person has in ~/.ssh/config.
    config = client_config(ssh_server, command_line.home)
    ssh = command_line.home / "bin/ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {config} "$@"\n')
    ssh.chmod(0o755)
    command_line.environment["PATH"] = f"{ssh.parent}:{os.environ['PATH']}"
    address = f"ssh://elsewhere{docker_host.removeprefix('unix://')}"
    with command_line.server(singleuser_image, f"--docker-host={address}") as server:
        assert server.api("GET", "status").json()["started"]


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

    with at_a_terminal(command_line, "run", image, "--no-open") as (asked, terminal):
        answers(terminal, "User name", "")
        asked.send_signal(signal.SIGINT)
        assert asked.wait(timeout=60) == 130

    with at_a_terminal(command_line, "run", image, "--no-open") as (asked, terminal):
        answers(terminal, "User name", registry.username)
        answers(terminal, "Password", registry.password)
        said = rest_of(terminal)
    assert f"✔ Pull {image}" in said, said
    assert registry.password not in said
    assert engine.images.get(image)


@contextmanager
def at_a_terminal(
    command_line: CommandLine, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The command, and the other end of its terminal; ended and closed at the end."""
    terminal, stdin = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=command_line.home,
        env={**os.environ, **command_line.environment, "HOME": str(command_line.home)},
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=stdin,
        start_new_session=True,
    )
    os.close(stdin)
    try:
        yield process, terminal
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def answers(terminal: int, question: str, answer: str) -> None:
    """Wait for the question, and type, if there is something to say."""
    said, deadline = b"", time.monotonic() + 60
    while question.encode() not in said:
        assert time.monotonic() < deadline, said
        said += os.read(terminal, 1024)
    if answer:
        os.write(terminal, f"{answer}\n".encode())


def rest_of(terminal: int) -> str:
    """What else it says, without colours."""
    said = b""
    try:
        while chunk := os.read(terminal, 65536):
            said += chunk
    except OSError:  # nobody writes to it any more
        pass
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
