"""A build that fails says in one sentence what to do, in the API and in the log."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dev.git_server import GitRepository, GitServer
from tests.live.service import Client


def failed(builder: Client, repo_url: str, **fields: object) -> dict:
    build = builder.ended(builder.add(repo_url, **fields)["last_build"]["id"])
    assert build["status"] == "failed"
    assert build["error"] in builder.log(build["id"])
    assert build["error"].endswith(".")
    assert "\n" not in build["error"]
    return build


def test_a_failing_step_is_named(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nRUN echo before-it-fails && exit 7\n"
    repository = git_server.create(f"failing-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    build = failed(builder, repository.url)
    assert "exit 7" in build["error"]
    assert "code" in build["error"]
    assert "before-it-fails" in builder.log(build["id"])
    assert [step["status"] for step in build["steps"]].count("failed") == 1
    environment = builder.environment(build["environment"])
    assert environment["status"] == "failed"
    assert environment["current_build"] is None


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("python3 -m venv /tmp/v && /tmp/v/bin/pip install no-such-package-at-all", "pip finds no"),
        ("uv pip install no-such-package-at-all", "no package"),
        ("apt-get update && apt-get install -y no-such-package-at-all", "apt knows no package"),
        ("no-such-command", "'no-such-command' is not there"),
        ("python3 -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:9\")'", "network"),
        ("touch /etc/x", "check owners and modes"),
        ("python3 -c 'raise OSError(28, \"No space left on device\")'", "disk is full"),
        ("python3 -c 'raise MemoryError'", "out of memory"),
    ],
)
def test_a_frequent_cause_comes_with_a_hint(
    builder: Client, git_server: GitServer, singleuser_image: str, command: str, hint: str
) -> None:
    user = "root" if "apt-get" in command else "jovyan"
    dockerfile = f"FROM {singleuser_image}\nUSER {user}\nRUN {command}\n"
    repository = git_server.create(f"hint-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    assert hint in failed(builder, repository.url)["error"]


def test_a_repository_that_is_not_there(builder: Client, git_server: GitServer) -> None:
    existing = git_server.create(f"near-{uuid4().hex[:8]}", {"README.md": "x"})
    build = failed(builder, existing.url.replace("near-", "far-"))
    assert "not found" in build["error"].lower() or "no repository" in build["error"].lower()


def test_a_host_that_does_not_answer(builder: Client) -> None:
    build = failed(builder, "http://127.0.0.1:9/repo.git")
    assert "127.0.0.1" in build["error"]


def test_a_ref_that_does_not_exist(builder: Client, repository: GitRepository) -> None:
    build = failed(builder, repository.url, ref="no-such-branch")
    assert "no-such-branch" in build["error"]


def test_a_base_image_that_nobody_has(builder: Client, git_server: GitServer) -> None:
    dockerfile = "FROM registry.invalid/no/such:image\n"
    repository = git_server.create(f"baseless-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    assert "registry.invalid/no/such:image" in failed(builder, repository.url)["error"]


@pytest.mark.parametrize(
    ("instructions", "reason"),
    [
        ("", "root"),
        ("RUN rm $(command -v jupyterhub-singleuser)\nUSER jovyan\n", "Jupyter"),
        ('USER jovyan\nENTRYPOINT ["/bin/echo", "ignored"]\n', "entry"),
        ("USER jovyan\nENV HOME=/nowhere\n", "home"),
    ],
)
def test_an_image_that_no_server_can_run_from(
    builder: Client, git_server: GitServer, singleuser_image: str, instructions: str, reason: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nUSER root\n{instructions}"
    repository = git_server.create(f"unusable-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    assert reason in failed(builder, repository.url)["error"]


def test_a_failed_rebuild_keeps_what_users_have(builder: Client, repository: GitRepository) -> None:
    environment = builder.built(builder.add(repository.url))
    repository.commit({"Dockerfile": "FROM registry.invalid/no/such:image\n"})
    answer = builder.post(f"api/environments/{environment['name']}/builds")
    assert answer.status_code == 202
    assert builder.ended(answer.json()["id"])["status"] == "failed"
    after = builder.environment(environment["name"])
    assert after["status"] == "ready"
    assert after["current_build"] == environment["current_build"]
    assert after["last_build"]["status"] == "failed"
