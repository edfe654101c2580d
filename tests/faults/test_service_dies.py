"""The service dies, wherever its builds are: nothing is lost, nothing is done twice or left."""

from __future__ import annotations

import docker
import pytest

from dev.git_server import GitServer
from dev.relay import Relay
from tests.cli.command_line import CommandLine
from tests.faults.building import last_build, slow_check, ticking, wait_for_log, wait_for_status
from tests.faults.conftest import MakeRepository
from tests.faults.service_process import RUNNING, ServiceProcess
from tests.live.service import Client, eventually

ONE_AT_A_TIME = "c.BuildQueue.concurrency = 1\n"


def start_again(service: ServiceProcess, engine_relay: Relay, extra: str = "") -> Client:
    """What was on its way when the service died has not arrived."""
    engine_relay.cut()
    engine_relay.restore()
    service.start(extra)
    return service.client("builder")


def assert_built_once(
    service: ServiceProcess, engine: docker.DockerClient, environment: dict
) -> dict:
    """The build comes to its end as one build with one image, and leaves nothing else."""
    client = service.client("builder")
    build = client.ended(last_build(environment))
    assert build["status"] == "built", f"{build['error']}\n{client.log(build['id'])}"
    assert build["trigger"] == "resume"
    name = environment["name"]
    now = client.environment(name)
    assert now["status"] == "ready"
    assert now["current_build"]["id"] == build["id"]
    assert client.get(f"api/environments/{name}/builds").json()["total"] == 1
    assert not [step for step in build["steps"] if step["status"] == "running"]
    eventually(lambda: not service.leaves(engine).orphans)
    assert service.leaves(engine).tags_of(name) == sorted(
        [build["resolved_ref"][:7], f"build-{build['id']}"]
    )
    assert engine.images.get(build["image"]).id == build["image_id"]
    return build


def test_while_fetching(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    git_server: GitServer,
    make_repository: MakeRepository,
) -> None:
    repository = make_repository()
    with Relay(git_server.address) as git_relay:
        git_relay.hold()
        service.start()
        client = service.client("builder")
        url = repository.url.replace(git_server.address, git_relay.address)
        environment = client.add(url)
        wait_for_status(client, last_build(environment), "fetching")
        worker = service.fetch_worker()
        before = client.log(last_build(environment))
        service.kill()
        eventually(lambda: not _runs(worker))
        git_relay.release()
        client = start_again(service, engine_relay)
        build = assert_built_once(service, engine, environment)
    assert client.log(build["id"]).startswith(before)


@pytest.mark.parametrize("end", ["kill", pytest.param("stop", marks=pytest.mark.long)])
def test_while_a_step_runs(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
    command_line: CommandLine,
    end: str,
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(5)).url)
    command_line.environment = {
        "ENVBUILDER_SERVICE_URL": client.url,
        "JUPYTERHUB_API_TOKEN": client.token or "",
    }
    reader = command_line.start("log", environment["name"])
    wait_for_log(client, last_build(environment), "tick-3\n")
    before = client.log(last_build(environment))
    getattr(service, end)()
    client = start_again(service, engine_relay)
    build = assert_built_once(service, engine, environment)
    assert reader.wait(timeout=120) == 0, command_line.errors
    assert command_line.output.count("tick-3\n") == client.log(build["id"]).count("tick-3\n")
    assert "is ready" in command_line.output
    log = client.log(build["id"])
    assert log.startswith(before)
    assert "the build goes on" in log
    (first,) = [step for step in build["steps"] if "echo first" in step["name"]]
    assert first["cached"]


@pytest.mark.parametrize(
    ("before", "request_"),
    [
        (True, b"POST /v1.41/build?"),
        pytest.param(True, b"/containers/create", marks=pytest.mark.long),
        pytest.param(False, b"/containers/create", marks=pytest.mark.long),
        (False, b"/start"),
        (True, b"DELETE /v1.41/containers/"),
        pytest.param(True, b"/tag?", marks=pytest.mark.long),
        (False, b"/tag?"),
    ],
    ids=lambda value: {True: "before", False: "after"}.get(value, str(value)),
)
def test_while_it_asks_the_engine(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
    before: bool,
    request_: bytes,
) -> None:
    service.start()
    client = service.client("builder")
    repository = make_repository()
    (engine_relay.hold_at if before else engine_relay.hold_after)(request_)
    environment = client.add(repository.url)
    assert engine_relay.held.wait(120)
    service.kill()
    client = start_again(service, engine_relay)
    build = assert_built_once(service, engine, environment)
    if request_ != b"POST /v1.41/build?":
        # It was built already: no step has run, or was looked up, again.
        assert "finished before" in client.log(build["id"])


def test_between_the_name_of_the_image_and_the_row(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
) -> None:
    service.start()
    client = service.client("builder")
    engine_relay.hold_at(b"/tag?")
    environment = client.add(make_repository().url)
    assert engine_relay.held.wait(120)
    with service.database() as database:
        database.execute("BEGIN IMMEDIATE")
        engine_relay.release()
        eventually(lambda: len(service.leaves(engine).tags) == 2)
        service.kill()
    assert service.statuses() == {last_build(environment): "checking"}
    start_again(service, engine_relay)
    assert_built_once(service, engine, environment)


def test_before_the_log_says_what_the_row_says(
    service: ServiceProcess, engine_relay: Relay, make_repository: MakeRepository
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.built(client.add(make_repository().url))
    service.kill()
    log = service.state_dir / "logs" / f"{last_build(environment)}.log"
    lines = log.read_text().splitlines(keepends=True)
    assert lines[-1] == 'status {"status":"built"}\n'
    # And half a record, as of a write that the machine's end has torn.
    log.write_text("".join(lines[:-1]) + 'log {"text":"hal')
    client = start_again(service, engine_relay)
    (*_, end) = client.events(last_build(environment))
    assert end.data == {"status": "built"}
    assert "hal" not in client.log(last_build(environment)).splitlines()[-1]


@pytest.mark.long
def test_with_builds_that_wait_which_keep_their_order(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
) -> None:
    service.start()
    client = service.client("builder")
    repository = make_repository(ticking(1))
    ids = [last_build(client.add(repository.url)) for _ in range(5)]
    for build in ids[:2]:
        wait_for_log(client, build, "tick-1\n")
    assert [client.build(build)["position"] for build in ids] == [None, None, 1, 2, 3]
    service.kill()
    client = start_again(service, engine_relay, ONE_AT_A_TIME)
    running = [build for build, status in service.statuses().items() if status in RUNNING]
    assert running in ([], ids[:1])
    eventually(lambda: client.build(ids[0])["status"] in RUNNING)
    assert [client.build(build)["position"] for build in ids] == [None, 1, 2, 3, 4]
    builds = [client.ended(build) for build in ids]
    assert [build["status"] for build in builds] == ["built"] * 5
    assert [build["trigger"] for build in builds] == ["resume", "resume", "add", "add", "add"]
    finished = [build["finished_at"] for build in builds]
    assert finished == sorted(finished)


@pytest.mark.long
def test_again_and_again(
    service: ServiceProcess,
    engine: docker.DockerClient,
    engine_relay: Relay,
    make_repository: MakeRepository,
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(1), slow_check(1)).url)
    for status in ("building", "building", "checking"):
        wait_for_status(client, last_build(environment), status)
        service.kill()
        client = start_again(service, engine_relay)
    assert_built_once(service, engine, environment)


@pytest.mark.long
def test_before_it_has_begun_to_serve(
    service: ServiceProcess, engine_relay: Relay, make_repository: MakeRepository
) -> None:
    service.start()
    client = service.client("builder")
    ids = [last_build(client.add(make_repository(ticking(1)).url)) for _ in range(2)]
    service.kill()
    for _ in range(3):
        service.start(wait=False)
        eventually(lambda: (service.state_dir / "envbuilder.sqlite-wal").exists())
        service.kill()
    client = start_again(service, engine_relay)
    assert [client.ended(build)["status"] for build in ids] == ["built", "built"]


@pytest.mark.long
def test_what_two_processes_do_at_once_is_done_once(
    service: ServiceProcess, engine: docker.DockerClient, make_repository: MakeRepository
) -> None:
    service.start()
    client = service.client("builder")
    environment = client.add(make_repository(ticking(2)).url)
    wait_for_log(client, last_build(environment), "tick-1\n")
    second = ServiceProcess.beside(service)
    second.start(wait=False)
    eventually(lambda: "Waiting for the service" in second.said)
    assert client.ended(last_build(environment))["trigger"] == "add"
    service.kill()
    eventually(lambda: "Serving" in second.said)
    assert second.client("builder").environment(environment["name"])["status"] == "ready"
    second.close()


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
