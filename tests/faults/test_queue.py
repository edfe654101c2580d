"""Which build runs when, and which need not run at all."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer
from dev.relay import Relay
from tests.faults.building import last_build, slow_check, ticking, wait_for_log, wait_for_status
from tests.faults.conftest import MakeRepository, MakeService
from tests.faults.service_process import RUNNING, ServiceProcess
from tests.live.service import Client, eventually

REUSED = "Same commit and inputs as build {}: its image is used."


@pytest.fixture(scope="module")
def relay(docker_host: str) -> Iterator[Relay]:
    """The way to the engine."""
    with Relay(docker_host) as relay:
        yield relay


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, make_service: MakeService, relay: Relay
) -> Iterator[ServiceProcess]:
    """A service that runs three builds at once, and one of each owner."""
    with make_service(tmp_path_factory.mktemp("queue"), relay) as service:
        service.start("c.BuildQueue.concurrency = 3\nc.BuildQueue.per_owner = 1\n")
        yield service


@pytest.fixture
def client(service: ServiceProcess) -> Client:
    return service.client("builder")


def rebuild(client: Client, environment: dict[str, Any], **request: Any) -> dict:
    """The environment's next build once it has ended."""
    answer = client.post(f"api/environments/{environment['name']}/builds", request)
    assert answer.status_code == 202, answer.text
    return client.ended(answer.json()["id"])


@pytest.mark.long
def test_builds_of_others_overtake_those_of_an_owner_who_has_one(
    service: ServiceProcess, client: Client, make_repository: MakeRepository
) -> None:
    repositories = [make_repository(ticking(100)), make_repository(), make_repository()]
    mine = [last_build(client.add(repository.url)) for repository in repositories]
    wait_for_log(client, mine[0], "tick-1\n")
    other = service.client("other-builder")
    theirs = last_build(other.add(make_repository(ticking(1)).url))
    assert [client.build(build)["position"] for build in mine[1:]] == [1, 2]
    assert other.ended(theirs)["status"] == "built"
    assert client.build(mine[1])["status"] == "queued"
    assert client.post(f"api/builds/{mine[0]}/cancel").status_code == 202
    builds = [client.ended(build) for build in mine]
    for earlier, later in pairwise(builds):
        assert earlier["finished_at"] <= later["started_at"]


def test_an_environment_is_never_built_twice_at_once(
    service: ServiceProcess, client: Client, relay: Relay, make_repository: MakeRepository
) -> None:
    environment = client.add(make_repository(ticking(10)).url)
    first = last_build(environment)
    wait_for_log(client, first, "tick-1\n")
    path = f"api/environments/{environment['name']}/builds"
    assert client.post(path).status_code == 409
    assert client.post(f"api/builds/{first}/cancel").status_code == 202
    second = client.post(path).json()["id"]
    eventually(lambda: client.build(second)["status"] in RUNNING)
    assert client.build(first)["finished_at"] <= client.build(second)["started_at"]
    client.post(f"api/builds/{second}/cancel")


class TestTheSameInputs:
    def test_are_not_built_again(
        self,
        service: ServiceProcess,
        client: Client,
        engine: docker.DockerClient,
        make_repository: MakeRepository,
    ) -> None:
        environment = client.built(client.add(make_repository(ticking(3)).url))
        first = environment["current_build"]
        build = rebuild(client, environment)
        assert build["status"] == "built"
        assert REUSED.format(first["id"]) in client.log(build["id"])
        assert build["steps"] == []
        same = ("image", "image_id", "image_size", "image_details", "resolved_ref", "inputs")
        assert [build[field] for field in same[:-1]] == [first[field] for field in same[:-1]]
        own = f"{service.prefix}{environment['name']}:build-{build['id']}"
        assert engine.images.get(own).id == first["image_id"]
        assert client.environment(environment["name"])["current_build"]["id"] == build["id"]

    def test_are_built_again_without_the_cache(
        self, client: Client, make_repository: MakeRepository
    ) -> None:
        environment = client.built(client.add(make_repository().url))
        build = rebuild(client, environment, no_cache=True)
        assert build["status"] == "built"
        (first,) = [step for step in build["steps"] if "echo first" in step["name"]]
        assert not first["cached"]

    def test_are_built_again_if_the_image_is_gone(
        self,
        service: ServiceProcess,
        client: Client,
        engine: docker.DockerClient,
        make_repository: MakeRepository,
    ) -> None:
        environment = client.built(client.add(make_repository().url))
        engine.images.remove(environment["current_build"]["image_id"], force=True)
        build = rebuild(client, environment)
        assert build["status"] == "built"
        assert build["steps"]

    @pytest.mark.long
    def test_are_others_with_another_commit_argument_or_base(
        self,
        client: Client,
        engine: docker.DockerClient,
        git_server: GitServer,
        singleuser_image: str,
    ) -> None:
        base = f"faults-base-{uuid4().hex[:8]}"
        engine.images.get(singleuser_image).tag(base, "1")
        dockerfile = f"FROM {base}:1\nARG FLAVOUR\nRUN echo $FLAVOUR {base}\n"
        repository = git_server.create(base, {"Dockerfile": dockerfile})
        environment = client.built(client.add(repository.url))
        path = f"api/environments/{environment['name']}"
        try:
            assert client.patch(path, {"build_args": {"FLAVOUR": "mild"}}).status_code == 200
            assert rebuild(client, environment)["steps"]
            assert not rebuild(client, environment)["steps"]
            engine.images.get(f"{base}:1").tag(base, "old")
            _retag_with_a_label(engine, f"{base}:1")
            assert rebuild(client, environment)["steps"]
            repository.commit({"README.md": "# Another\n"})
            assert rebuild(client, environment)["steps"]
        finally:
            for tag in ("1", "old"):
                engine.images.remove(f"{base}:{tag}", force=True)

    def test_of_a_failure_are_tried_again(
        self, client: Client, make_repository: MakeRepository
    ) -> None:
        environment = client.add(make_repository("RUN exit 3").url)
        assert client.ended(last_build(environment))["status"] == "failed"
        build = rebuild(client, environment)
        assert build["status"] == "failed"
        assert build["steps"]


def _retag_with_a_label(engine: docker.DockerClient, name: str) -> None:
    """Let the name stand for another image with the same content."""
    dockerfile = f"FROM {name}\nLABEL another={uuid4().hex}\n".encode()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        tar.addfile(entry, io.BytesIO(dockerfile))
    context.seek(0)
    engine.images.build(fileobj=context, custom_context=True, tag=name)


def test_the_time_limit_ends_a_build_in_every_state(
    tmp_path: Path,
    make_service: MakeService,
    relay: Relay,
    engine: docker.DockerClient,
    git_server: GitServer,
    make_repository: MakeRepository,
) -> None:
    with make_service(tmp_path, relay) as hasty:
        hasty.start("c.BuildRunner.time_limit = 15\nc.BuildQueue.concurrency = 3\n")
        client = hasty.client("builder")
        with Relay(git_server.address) as git_relay:
            git_relay.hold()
            held = make_repository().url.replace(git_server.address, git_relay.address)
            urls = {
                "fetching": held,
                "building": make_repository(ticking(30)).url,
                "checking": make_repository(slow_check(30)).url,
            }
            builds = {status: last_build(client.add(url)) for status, url in urls.items()}
            for status, build in builds.items():
                wait_for_status(client, build, status)
            ended = [client.ended(build) for build in builds.values()]
        for build in ended:
            assert build["status"] == "failed"
            assert "The build took longer than 15 s, the limit that the operator" in build["error"]
            assert not [step for step in build["steps"] if step["status"] == "running"]
        eventually(lambda: not hasty.leaves(engine).orphans)
        assert hasty.leaves(engine).tags == []
