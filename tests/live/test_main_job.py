"""The main job from end to end: a repository becomes an environment that people work in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import docker
import pytest
import requests

from dev.git_server import GitRepository
from tests.live.service import STUDENT, Client, Deployment


def jupyter(deployment: Deployment, method: str, url: str, **kwargs: object) -> requests.Response:
    token = deployment.client(STUDENT).token
    headers = {"Authorization": f"token {token}"}
    return requests.request(method, url, headers=headers, timeout=60, **kwargs)


def test_a_repository_becomes_an_environment_in_which_work_is_kept(
    deployment: Deployment,
    builder: Client,
    student: Client,
    repository: GitRepository,
    engine: docker.DockerClient,
) -> None:
    # Added, and followed to the end of its log.
    answer = builder.post(
        "api/environments",
        {"name": "main-job", "repo_url": repository.url, "description": "A course"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"].endswith("/services/envbuilder/api/environments/main-job")
    build_id = answer.json()["last_build"]["id"]
    events = list(builder.events(build_id))
    statuses = [event.data["status"] for event in events if event.name == "status"]
    assert statuses == ["queued", "fetching", "building", "checking", "built"]
    text = "".join(event.data["text"] for event in events if event.name == "log")
    assert "built-for-the-course" in text
    steps = [event.data for event in events if event.name == "step"]
    assert any("RUN echo built-for-the-course" in step["name"] for step in steps)

    # Recorded: the full commit, the tag, the labels.
    environment = student.environment("main-job")
    build = environment["current_build"]
    assert environment["status"] == "ready"
    assert build["resolved_ref"] == repository.head
    assert build["image"] == f"{deployment.prefix}/main-job:{repository.head[:7]}"
    assert build["image_size"] > 0
    labels = engine.images.get(build["image"]).labels
    assert labels["org.opencontainers.image.source"] == repository.url
    assert labels["org.opencontainers.image.revision"] == repository.head

    # Started through the Hub's API, with the limits in the container's own cgroup.
    options = {"environment": "main-job", "profile": "Small"}
    assert deployment.start_server(STUDENT, options).status_code in {201, 202}
    url = deployment.wait_for_server(STUDENT)
    assert jupyter(deployment, "GET", f"{url}api/status").status_code == 200
    [container] = engine.containers.list(filters={"label": "tljh-envbuilder.environment=main-job"})
    assert limits_inside(container) == (512 * 2**20, 0.5)

    # Worked in: a notebook of the repository changed, a file of one's own written.
    notebook = f"{url}api/contents/main-job/lesson.ipynb"
    content = jupyter(deployment, "GET", notebook).json()["content"]
    content["metadata"]["changed"] = "by the student"
    for address, model in [
        (notebook, {"type": "notebook", "format": "json", "content": content}),
        (f"{url}api/contents/mine.txt", {"type": "file", "format": "text", "content": "mine"}),
    ]:
        assert jupyter(deployment, "PUT", address, json=model).status_code in {200, 201}

    # Stopped, and started again at once: all as left.
    deployment.stop_server(STUDENT)
    assert deployment.start_server(STUDENT, options).status_code in {201, 202}
    deployment.wait_for_server(STUDENT)
    left = jupyter(deployment, "GET", notebook).json()["content"]
    assert left["metadata"]["changed"] == "by the student"
    assert jupyter(deployment, "GET", f"{url}api/contents/mine.txt").json()["content"] == "mine"

    # Deleted: not while the server runs; then nothing is left of it but the student's home.
    answer = builder.delete("api/environments/main-job")
    assert answer.status_code == 409
    assert STUDENT in answer.json()["message"]
    deployment.stop_server(STUDENT)
    assert builder.delete("api/environments/main-job").status_code == 204
    assert student.get("api/environments/main-job").status_code == 404
    label = {"label": "tljh-envbuilder.environment=main-job"}
    assert engine.images.list(all=True, filters=label) == []
    assert engine.containers.list(all=True, filters=label) == []
    assert not (deployment.state_dir / "logs" / f"{build_id}.log").exists()
    assert rows_of(deployment.state_dir, build_id) == (0, 0, 0)


def limits_inside(container: docker.models.containers.Container) -> tuple[int, float]:
    """Memory in bytes and cores, as a process in the container reads them from its cgroup."""

    def read(*paths: str) -> str:
        command = ["sh", "-c", " || ".join(f"cat {path} 2>/dev/null" for path in paths)]
        return container.exec_run(command).output.decode().strip()

    root = "/sys/fs/cgroup"
    memory = read(f"{root}/memory.max", f"{root}/memory/memory.limit_in_bytes")
    quota = read(f"{root}/cpu.max", f"{root}/cpu/cpu.cfs_quota_us").split()
    period = quota[1] if len(quota) == 2 else read(f"{root}/cpu/cpu.cfs_period_us")
    return int(memory), int(quota[0]) / int(period)


def rows_of(state_dir: Path, build_id: int) -> tuple[int, int, int]:
    """How many rows of the environment, the build and its steps the database still has."""
    database = state_dir / "envbuilder.sqlite"
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return tuple(
            connection.execute(
                f"SELECT count(*) FROM {table} WHERE {column} = ?", [value]
            ).fetchone()[0]
            for table, column, value in [
                ("environments", "name", "main-job"),
                ("builds", "id", build_id),
                ("build_steps", "build_id", build_id),
            ]
        )
    finally:
        connection.close()


@pytest.mark.long
def test_a_stop_followed_at_once_by_a_start_is_never_a_conflict(
    deployment: Deployment, builder: Client, repository: GitRepository
) -> None:
    environment = builder.built(builder.add(repository.url))
    options = {"environment": environment["name"], "profile": "Small"}
    for _ in range(2):
        answer = deployment.start_server("restless", options)
        assert answer.status_code in {201, 202}, answer.text
        deployment.wait_for_server("restless")
        deployment.stop_server("restless")
    assert builder.delete(f"api/environments/{environment['name']}").status_code == 204
