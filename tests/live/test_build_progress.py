"""How far a build is: the step that runs, wherever the build is shown, and told as it changes."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest

from dev.git_server import GitServer
from dev.server_sent_events import read_events
from tests.live.service import Client, Deployment, eventually


def add(builder: Client, git_server: GitServer, image: str, *lines: str) -> dict[str, Any]:
    """An environment whose build runs these lines, none of them from the cache."""
    dockerfile = [f"FROM {image}", f"RUN echo {uuid4().hex}", *lines]
    repository = git_server.create(
        f"progress-{uuid4().hex[:8]}", {"Dockerfile": "\n".join(dockerfile) + "\n"}
    )
    return builder.add(repository.url)


def test_the_running_step_is_shown_wherever_the_build_is(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    environment = add(builder, git_server, singleuser_image, "RUN sleep 6 # the long one")
    name, number = environment["name"], environment["last_build"]["id"]
    assert environment["last_build"]["progress"] is None

    def is_long(build: dict[str, Any]) -> bool:
        return build["progress"] is not None and "the long one" in build["progress"]["name"]

    eventually(lambda: is_long(builder.build(number)))
    # FROM, two lines of the repository's own, and the COPY to /srv/repo.
    expected = {"step": 3, "total": 4, "name": "RUN sleep 6 # the long one"}
    path = f"api/environments/{name}"
    listed = builder.get("api/environments", params={"q": name}).json()["items"]
    for build in [
        builder.build(number),
        builder.environment(name)["last_build"],
        builder.patch(path, {"description": "new"}).json()["last_build"],
        listed[0]["last_build"],
        builder.get(f"{path}/builds").json()["items"][0],
    ]:
        assert build["progress"] == expected
    ended = builder.built(environment)
    assert ended["last_build"]["progress"] is None
    assert ended["current_build"]["progress"] is None


def test_a_build_that_was_cancelled_is_at_no_step(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    environment = add(builder, git_server, singleuser_image, "RUN sleep 60")
    number = environment["last_build"]["id"]
    with builder.get("api/events", stream=True) as answer:
        eventually(lambda: (builder.build(number)["progress"] or {}).get("total"))
        cancelled = builder.post(f"api/builds/{number}/cancel").json()
        assert (cancelled["status"], cancelled["progress"]) == ("cancelled", None)
        for event in read_events(answer):
            if event.data["build"] and event.data["build"]["id"] == number:
                build = event.data["build"]
                if build["status"] == "cancelled":
                    break
        assert build["progress"] is None


@pytest.mark.long
def test_a_step_that_begins_is_told_but_not_more_often_than_anybody_reads(
    deployment: Deployment, builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    stranger = deployment.client("stranger")
    quick = [f"RUN echo {number}" for number in range(8)]
    with builder.get("api/events", stream=True) as answer:
        environment = add(builder, git_server, singleuser_image, *quick, "RUN sleep 1.5 # last")
        builder.patch(
            f"api/environments/{environment['name']}", {"visibility": {"users": ["nobody-else"]}}
        )
        number = environment["last_build"]["id"]
        told: list[tuple[float, dict[str, Any]]] = []
        for event in read_events(answer):
            build = event.data["build"]
            if build is not None and build["id"] == number:
                told.append((time.monotonic(), build))
                if build["status"] in {"built", "failed"}:
                    break
    assert told[-1][1]["status"] == "built", told[-1][1]["error"]
    assert told[-1][1]["progress"] is None
    building = [(at, build["progress"]) for at, build in told if build["status"] == "building"]
    steps = [progress for _, progress in building if progress is not None]
    assert {"step": 11, "total": 12, "name": "RUN sleep 1.5 # last"} in steps
    numbers = [progress["step"] for progress in steps if progress["total"]]
    assert numbers == sorted(set(numbers)), "each is told once, in order"
    took = building[-1][0] - building[0][0]
    assert len(building) <= 4 * took + 3
    assert stranger.get(f"api/builds/{number}").status_code == 404
