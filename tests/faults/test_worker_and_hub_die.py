"""The fetch worker or the Hub dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest

from dev.git_server import GitServer
from dev.hub import HubProcess
from dev.relay import Relay
from tests.faults.building import last_build, ticking, wait_for_log, wait_for_status
from tests.faults.conftest import MakeRepository, MakeService
from tests.faults.service_process import ServiceProcess
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Client, eventually


@pytest.mark.parametrize(("deaths", "end"), [(1, "built"), (2, "failed")])
def test_a_fetch_worker_that_is_killed_gets_a_second_try(
    service: ServiceProcess,
    engine: docker.DockerClient,
    git_server: GitServer,
    make_repository: MakeRepository,
    deaths: int,
    end: str,
) -> None:
    with Relay(git_server.address) as git_relay:
        git_relay.hold()
        service.start("c.Fetcher.ready_worker = True\n")
        client = service.client("builder")
        url = make_repository().url.replace(git_server.address, git_relay.address)
        build_id = last_build(client.add(url))
        wait_for_status(client, build_id, "fetching")
        for _ in range(deaths):
            worker = service.fetch_worker()
            os.kill(worker, signal.SIGKILL)
            eventually(lambda gone=worker: not Path(f"/proc/{gone}").exists())
        git_relay.release()
        build = client.ended(build_id)
    assert build["status"] == end
    assert "It is tried once more." in client.log(build_id)
    if end == "failed":
        assert "worker stopped unexpectedly (exit code -9)" in build["error"]
    eventually(lambda: not service.leaves(engine).orphans)


def test_builds_go_on_without_the_hub(
    tmp_path: Path,
    hub: HubProcess,
    make_service: MakeService,
    engine_relay: Relay,
    make_repository: MakeRepository,
) -> None:
    api = urlsplit(hub.api_url)
    with (
        Relay(api.netloc) as hub_relay,
        make_service(
            tmp_path, engine_relay, JUPYTERHUB_API_URL=f"http://{hub_relay.address}{api.path}"
        ) as service,
    ):
        service.start("c.Fetcher.ready_worker = True\n")
        client = service.client("builder")
        environment = client.add(make_repository(ticking(1)).url)
        wait_for_log(client, last_build(environment), "tick-1\n")
        hub_relay.cut()
        stranger = Client(service.url, hub.user_token("stranger"))
        answer = stranger.get("api/environments")
        assert answer.status_code == 503
        assert answer.json()["message"] == "The Hub does not answer; try again shortly."
        eventually(lambda: service.statuses() == {last_build(environment): "built"})
        hub_relay.restore()
        assert stranger.get("api/environments").status_code == 200
        assert client.environment(environment["name"])["status"] == "ready"


@pytest.mark.long
def test_a_service_ends_with_its_hub_and_the_next_one_goes_on(
    hub_address: str, tmp_path: Path, make_repository: MakeRepository
) -> None:
    with make_deployment(tmp_path / "killed", hub_address) as deployment:
        client = deployment.client(BUILDER)
        environment = client.add(make_repository(ticking(3)).url)
        wait_for_log(client, last_build(environment), "tick-3\n")
        before = client.log(last_build(environment))
        service = deployment.service_pid()
        deployment.hub.kill()
        eventually(lambda: not Path(f"/proc/{service}/cmdline").read_bytes())
        deployment.hub.start()
        deployment.hub.wait_for_service("envbuilder", "health")
        build = client.ended(last_build(environment))
        assert (build["status"], build["trigger"]) == ("built", "resume")
        assert client.log(build["id"]).startswith(before)
