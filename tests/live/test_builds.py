"""Builds: in order, bounded, followed live, cancelled, resumed and undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitRepository, GitServer
from dev.server_sent_events import Event, read_events
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Client, Deployment


def slow_repository(git_server: GitServer, image: str, seconds: int) -> GitRepository:
    """A repository whose build takes its time and says so, a line a second."""
    script = f"for i in $(seq {seconds}); do echo tick-$i; sleep 1; done"
    files = {"Dockerfile": f"FROM {image}\nRUN echo first {uuid4().hex}\nRUN {script}\n"}
    return git_server.create(f"slow-{uuid4().hex[:8]}", files)


def wait_for_text(builder: Client, build: int, text: str) -> None:
    for event in builder.events(build):
        if event.name == "log" and text in event.data["text"]:
            return
    raise AssertionError(f"the log ended without {text}")


def test_a_second_build_waits_for_the_first(builder: Client, repository: GitRepository) -> None:
    environment = builder.add(repository.url)
    path = f"api/environments/{environment['name']}/builds"
    again = builder.post(path)
    assert again.status_code == 409
    builder.ended(environment["last_build"]["id"])
    assert builder.post(path).status_code == 202


@pytest.mark.long
def test_ten_builds_run_at_most_two_at_once_and_in_order(
    builder: Client, repository: GitRepository
) -> None:
    ids = [builder.add(repository.url)["last_build"]["id"] for _ in range(10)]
    with ThreadPoolExecutor(10) as readers:
        builds = list(readers.map(builder.ended, ids))
    assert {build["status"] for build in builds} == {"built"}
    started = [build["started_at"] for build in builds]
    assert started == sorted(started)
    moments = [(build["started_at"], 1) for build in builds]
    moments += [(build["finished_at"], -1) for build in builds]
    running = most = 0
    for _, change in sorted(moments):
        running += change
        most = max(most, running)
    assert most == 2


def test_the_stream_resumes_without_loss_or_repeat(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    repository = slow_repository(git_server, singleuser_image, 3)
    build = builder.add(repository.url)["last_build"]["id"]
    seen: list[Event] = []
    while (
        not seen or seen[-1].name != "status" or seen[-1].data["status"] not in {"built", "failed"}
    ):
        for count, event in enumerate(builder.events(build, last=seen[-1].id if seen else None)):
            seen.append(event)
            if count == 4:
                break
    assert seen == list(builder.events(build))
    assert len({event.id for event in seen}) == len(seen)


def test_a_log_line_is_seen_while_the_step_runs(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    repository = slow_repository(git_server, singleuser_image, 4)
    build = builder.add(repository.url)["last_build"]["id"]
    wait_for_text(builder, build, "tick-1\n")
    assert "tick-4" not in builder.log(build)
    assert builder.build(build)["status"] == "building"
    assert builder.ended(build)["status"] == "built"


@pytest.mark.long
def test_a_build_goes_on_when_its_reader_leaves(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    repository = slow_repository(git_server, singleuser_image, 3)
    build = builder.add(repository.url)["last_build"]["id"]
    wait_for_text(builder, build, "tick-1\n")
    assert builder.ended(build)["status"] == "built"
    assert "tick-3" in builder.log(build)


def test_the_text_of_the_log_is_what_the_stream_told(
    builder: Client, repository: GitRepository
) -> None:
    build = builder.built(builder.add(repository.url))["current_build"]["id"]
    told = "".join(e.data["text"] for e in builder.events(build) if e.name == "log")
    assert builder.log(build) == told


@pytest.mark.parametrize("last", ["-1", "x", "1.5", "9" * 30, "1\n"])
def test_a_last_event_id_that_was_never_sent_is_refused_or_harmless(
    builder: Client, repository: GitRepository, last: str
) -> None:
    build = builder.built(builder.add(repository.url))["current_build"]["id"]
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last.strip("\n")}
    assert builder.get(f"api/builds/{build}/log", headers=headers).status_code in {200, 400}


def test_a_cancelled_build_stops_and_publishes_nothing(
    deployment: Deployment,
    builder: Client,
    git_server: GitServer,
    singleuser_image: str,
    engine: docker.DockerClient,
) -> None:
    repository = slow_repository(git_server, singleuser_image, 60)
    environment = builder.add(repository.url)
    build = environment["last_build"]["id"]
    wait_for_text(builder, build, "tick-1\n")
    assert builder.post(f"api/builds/{build}/cancel").status_code == 202
    ended = builder.ended(build)
    assert ended["status"] == "cancelled"
    assert "tick-30" not in builder.log(build)
    assert builder.post(f"api/builds/{build}/cancel").status_code == 409
    assert builder.environment(environment["name"])["current_build"] is None
    label = f"tljh-envbuilder.environment={environment['name']}"
    assert engine.images.list(filters={"label": label}) == []


def test_a_queued_build_is_cancelled_before_it_begins(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    slow = [
        builder.add(slow_repository(git_server, singleuser_image, 20).url)["last_build"]["id"]
        for _ in range(2)
    ]
    for build in slow:
        wait_for_text(builder, build, "tick-1\n")
    waiting = builder.add(slow_repository(git_server, singleuser_image, 1).url)["last_build"]["id"]
    assert builder.post(f"api/builds/{waiting}/cancel").status_code == 202
    ended = builder.ended(waiting)
    assert ended["status"] == "cancelled"
    assert ended["started_at"] is None
    for build in slow:
        builder.post(f"api/builds/{build}/cancel")
        builder.ended(build)


def test_rolling_back_is_instant_and_launches_the_older_image(
    builder: Client, repository: GitRepository, deployment: Deployment
) -> None:
    environment = builder.built(builder.add(repository.url))
    first = environment["current_build"]
    repository.commit({"README.md": "# Another\n"})
    path = f"api/environments/{environment['name']}"
    second = builder.ended(builder.post(f"{path}/builds").json()["id"])
    assert builder.environment(environment["name"])["current_build"]["id"] == second["id"]
    assert second["resolved_ref"] != first["resolved_ref"]
    back = builder.post(f"{path}/rollback", {"build": first["id"]})
    assert back.status_code == 200
    assert back.json()["current_build"] == first
    assert builder.post(f"{path}/rollback", {"build": 10**9}).status_code in {404, 409}
    history = builder.get(f"{path}/builds").json()
    assert [build["id"] for build in history["items"]] == [second["id"], first["id"]]


@pytest.mark.long
def test_a_restart_of_the_hub_loses_no_build_and_starts_none_twice(
    hub_address: str, tmp_path: Path, git_server: GitServer, singleuser_image: str
) -> None:
    with make_deployment(tmp_path / "restarted", hub_address) as deployment:
        builder = deployment.client(BUILDER)
        slow = [slow_repository(git_server, singleuser_image, 5) for _ in range(3)]
        ids = [builder.add(repository.url)["last_build"]["id"] for repository in slow]
        wait_for_text(builder, ids[0], "tick-2\n")
        deployment.restart()
        builds = [builder.ended(build) for build in ids]
        assert [build["status"] for build in builds] == ["built"] * 3
        assert [build["trigger"] for build in builds] == ["resume", "resume", "add"]
        for build in builds:
            path = f"api/environments/{build['environment']}/builds"
            assert builder.get(path).json()["total"] == 1


def test_the_stream_of_changes_tells_only_what_one_may_see(
    deployment: Deployment, builder: Client, repository: GitRepository
) -> None:
    stranger = deployment.client("stranger")
    with (
        builder.get("api/events", stream=True) as owners,
        stranger.get("api/events", stream=True) as strangers,
    ):
        hidden = builder.add(repository.url, visibility={"users": ["nobody-else"]})
        shown = builder.add(repository.url)
        builder.built(hidden)
        builder.built(shown)
        told = read_events(strangers)
        names = set()
        for event in told:
            names.add(event.data["environment"])
            if event.name == "build" and event.data["build"]["status"] == "built":
                break
        assert names == {shown["name"]}
        assert next(read_events(owners)).data["environment"] in {hidden["name"], shown["name"]}
