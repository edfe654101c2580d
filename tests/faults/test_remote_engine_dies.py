"""Engines elsewhere: the line to one is cut while it builds, and servers run on another."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from dev.remote_engine import RemoteEngine, run_remote_engine
from dev.ssh_server import SshServer
from tests.conftest import part
from tests.engine.ssh_client import client_config, tunnels
from tests.faults.building import last_build, ticking, wait_for_log
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import ServiceProcess
from tljh_envbuilder.models.labels import ENVIRONMENT, INSTALLATION, SERVER, USER


@dataclass
class Line:
    """A way to the engine, and how it is cut and mended."""

    address: str
    settings: str
    cut: Callable[[], None]
    mend: Callable[[], None]


@pytest.fixture(scope="module")
def remote(
    singleuser_image: str, docker_host: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RemoteEngine]:
    """A second engine, with the image that servers can run from."""
    with part(run_remote_engine(tmp_path_factory.mktemp("tls"))) as remote:
        remote.engine.copy_image(singleuser_image, docker_host)
        yield remote


@pytest.fixture(params=[pytest.param("tls", marks=pytest.mark.long), "ssh"])
def line(request: pytest.FixtureRequest, remote: RemoteEngine, tmp_path: Path) -> Line:
    if request.param == "tls":
        settings = f"c.DockerEngine.cert_path = {str(remote.cert_path)!r}\n"
        settings += "c.DockerEngine.silence_timeout = 4\n"
        return Line(remote.address, settings, remote.pull_the_cable, remote.plug_in)
    server: SshServer = request.getfixturevalue("ssh_server")
    config = client_config(server, tmp_path)

    def cut() -> None:
        for pid in tunnels(config):
            os.kill(pid, signal.SIGKILL)

    return Line(
        f"ssh://elsewhere{remote.engine.address.removeprefix('unix://')}",
        f"c.DockerEngine.ssh_config = {str(config)!r}\n",
        cut,
        mend=lambda: None,
    )


@pytest.fixture
def service(
    tmp_path: Path, environment: dict[str, str], tokens: dict[str, str], line: Line
) -> Iterator[ServiceProcess]:
    """A service that builds elsewhere."""
    folder = tmp_path / "service"
    folder.mkdir()
    made = ServiceProcess(folder, environment=environment, docker_host=line.address, tokens=tokens)
    line.settings += f"c.LaunchEngine.docker_host = {line.address!r}\n"
    yield made
    made.close()


def test_a_build_goes_on_after_the_line_was_cut(
    service: ServiceProcess, line: Line, remote: RemoteEngine, make_repository: MakeRepository
) -> None:
    service.start(line.settings)
    client = service.client("builder")
    build_id = last_build(client.add(make_repository(ticking(6)).url))
    wait_for_log(client, build_id, "tick-2\n")
    line.cut()
    try:
        wait_for_log(client, build_id, "The container engine does not answer at")
    finally:
        line.mend()
    build = client.ended(build_id)
    assert build["status"] == "built", f"{build['error']}\n{client.log(build_id)}"
    assert build["trigger"] == "resume"
    assert "The container engine does not answer at" in client.log(build_id)
    (first,) = [step for step in build["steps"] if "echo first" in step["name"]]
    assert first["cached"]
    with closing(docker.DockerClient(remote.engine.address)) as engine:
        assert service.leaves(engine).orphans == []
        assert len(service.leaves(engine).tags) == 2


def test_who_builds_elsewhere_must_say_where_servers_run(
    tmp_path: Path, environment: dict[str, str], tokens: dict[str, str]
) -> None:
    for address in ("ssh://builder@bigger.example.org", "tcp://192.0.2.1:2376"):
        service = ServiceProcess(
            tmp_path, environment=environment, docker_host=address, tokens=tokens
        )
        service.start(wait=False)
        assert service.wait() == 1
        assert "set LaunchEngine.docker_host to the address" in service.said
        assert "Traceback" not in service.said
        service.log_path.unlink()


def test_health_tells_of_the_engine_of_the_servers(
    tmp_path: Path, environment: dict[str, str], tokens: dict[str, str], docker_host: str
) -> None:
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=docker_host, tokens=tokens
    )
    service.start(f"c.LaunchEngine.docker_host = 'unix://{tmp_path}/absent.sock'\n")
    answer = service.client("builder").get("health")
    service.close()
    assert answer.status_code == 503
    assert answer.json()["engine"] == "ok"
    assert "does not answer" in answer.json()["launch_engine"]


@pytest.mark.long
def test_servers_on_another_engine_are_seen_and_not_pulled_away(
    tmp_path: Path,
    environment: dict[str, str],
    tokens: dict[str, str],
    docker_host: str,
    singleuser_image: str,
    remote: RemoteEngine,
    make_repository: MakeRepository,
) -> None:
    service = ServiceProcess(
        tmp_path, environment=environment, docker_host=docker_host, tokens=tokens
    )
    service.start(
        f"c.LaunchEngine.docker_host = {remote.address!r}\n"
        f"c.LaunchEngine.cert_path = {str(remote.cert_path)!r}\n"
    )
    client = service.client("builder")
    built = client.built(client.add(make_repository().url))
    name = built["name"]
    with service.database() as database:
        ((installation,),) = database.execute("SELECT id FROM installation")
    with closing(docker.DockerClient(remote.engine.address)) as elsewhere:
        labels = {INSTALLATION: installation, ENVIRONMENT: name, USER: "grace", SERVER: ""}
        # Engines keep one image under different ids, so that any other image will do.
        image = singleuser_image
        server = elsewhere.containers.run(image, ["sleep", "600"], labels=labels, detach=True)
        try:
            (used,) = client.get(f"api/environments/{name}/removal").json()["servers"]
            assert used["user"] == "grace"
            assert client.delete(f"api/environments/{name}").status_code == 409
        finally:
            server.remove(force=True)
    assert client.delete(f"api/environments/{name}").status_code == 204
    service.close()
