"""`tljh-envbuilder build`: the service's way from a repository to an image, at a terminal."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer, git
from dev.registry import Registry
from tests.cli.command_line import CommandLine


@pytest.fixture
def folder(open_folder: Path, name: str, singleuser_image: str) -> Path:
    """A folder with files, of which one is ignored."""
    folder = open_folder / name
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM {singleuser_image}\nRUN echo {uuid4().hex}\n")
    (folder / ".gitignore").write_text("secret.txt\n")
    (folder / "secret.txt").write_text("for nobody\n")
    (folder / "lesson.txt").write_text("as it was committed\n")
    return folder


def content(engine: docker.DockerClient, image: str, *files: str) -> list[str]:
    """Lines of files of the image's repository."""
    script = "cd /srv/repo && cat " + " ".join(files)
    output: bytes = engine.containers.run(image, ["sh", "-c", script], remove=True)
    return output.decode().splitlines()


def test_a_folder_is_built_as_it_is_and_a_ref_as_it_was_committed(
    command_line: CommandLine, engine: docker.DockerClient, folder: Path, name: str
) -> None:
    git("init", "--quiet", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message=First", cwd=folder)
    commit = git("rev-parse", "HEAD", cwd=folder)
    clean = command_line("build", ".", cwd=folder)
    assert clean.output == f"envbuilder/{name}:{commit[:7]}\n", clean.errors
    assert "✔ [2/3] RUN echo" in clean.errors

    (folder / "lesson.txt").write_text("as it is\n")
    changed = command_line("build", folder, "--json").result
    committed = command_line("build", folder, "--ref=HEAD", "--json").result

    assert changed["commit"] != commit == committed["commit"]
    assert content(engine, changed["image"], "lesson.txt") == ["as it is"]
    assert content(engine, committed["image"], "lesson.txt") == ["as it was committed"]
    assert "secret.txt" not in content(engine, changed["image"], "lesson.txt; ls")
    labels = engine.images.get(changed["image"]).labels
    assert labels["org.opencontainers.image.source"] == str(folder)
    assert git("status", "--short", cwd=folder) == "M lesson.txt"


@pytest.mark.long
def test_a_tag_of_a_repository_is_built_and_pushed_with_the_login_of_docker(
    command_line: CommandLine,
    engine: docker.DockerClient,
    git_server: GitServer,
    registry: Registry,
    singleuser_image: str,
    name: str,
) -> None:
    repository = git_server.create(name, {"Dockerfile": f"FROM {singleuser_image}\n"})
    commit = repository.commit({"x": "1"}, tag="v1")
    repository.commit({"x": "2"})
    build = ("build", repository.url, "--ref=v1", "--push", f"{registry.address}/group", "--json")

    refused = command_line(*build)
    assert refused.code == 4
    assert "docker login" in json.loads(refused.errors.splitlines()[-1])["error"]

    login = base64.b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    (command_line.home / ".docker").mkdir()
    config = {"auths": {registry.address: {"auth": login}}}
    (command_line.home / ".docker/config.json").write_text(json.dumps(config))
    pushed = command_line(*build).result
    assert pushed["image"] == f"{registry.address}/group/{name}:{commit[:7]}"
    account = {"username": registry.username, "password": registry.password}
    assert engine.images.get_registry_data(pushed["image"], auth_config=account).id


def test_a_build_argument_reaches_the_dockerfile(
    command_line: CommandLine, engine: docker.DockerClient, folder: Path, singleuser_image: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nARG WHO=nobody\nRUN echo $WHO > /srv/repo/who.txt\n"
    (folder / "Dockerfile").write_text(dockerfile)
    built = command_line("build", ".", "--build-arg=WHO=a=b", "--json", cwd=folder).result
    assert content(engine, built["image"], "who.txt") == ["a=b"]
    refused = command_line("build", ".", "--build-arg=WHO", cwd=folder)
    assert (refused.code, refused.output) == (2, "")
    assert "'WHO' is not of the form NAME=VALUE" in refused.errors


def test_a_step_that_fails_is_shown_with_what_it_said(
    command_line: CommandLine, folder: Path
) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY nothing-like-this /\n")
    failed = command_line("build", ".", cwd=folder)
    assert (failed.code, failed.output) == (1, "")
    assert "✘ [1/" in failed.errors
    assert "nothing-like-this" in failed.errors.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["build", "./absent"], 3, "There is no folder ./absent"),
        (["build", "https://user:password@example.org/x"], 2, "must not carry a user name"),
        (["build", ".", "--ref=v1"], 2, "is no git repository"),
        (["build", ".", "--docker-host=unix:///absent.sock"], 6, "does not answer"),
        (["run", "cli-test/absent:1", "--docker-host=unix:///absent.sock"], 6, "does not answer"),
        (["log", "3"], 2, "set --service-url"),
        (["log", "3", "--service-url=http://127.0.0.1:9", "--token=x"], 6, "does not answer"),
        (["build", ".", "--builder=make"], 2, "'make' is not one of"),
        (["bild"], 2, "No such command"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_a_code(
    command_line: CommandLine, arguments: list[str], code: int, sentence: str
) -> None:
    finished = command_line(*arguments)
    assert (finished.code, finished.output) == (code, "")
    assert sentence in finished.errors
    assert "Traceback" not in finished.errors
    assert "password" not in finished.errors.replace("a password", "")


def test_the_shell_completes_commands_and_options(command_line: CommandLine) -> None:
    completion = {"_TLJH_ENVBUILDER_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    command_line.environment |= {**completion, "COMP_WORDS": "tljh-envbuilder re"}
    assert "plain,rebuild\n" in command_line().output
    command_line.environment |= {"COMP_CWORD": "2", "COMP_WORDS": "tljh-envbuilder run --ss"}
    assert "plain,--ssh-agent\n" in command_line().output
