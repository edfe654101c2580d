"""`tljh-envbuilder build`: the service's way from a repository to an image, at a terminal."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer, git
from dev.registry import Registry
from tests.cli.command_line import CommandLine
from tljh_envbuilder.cli.building import open_engine
from tljh_envbuilder.cli.image import NamedImage, find_image
from tljh_envbuilder.errors import BuildFailed


@pytest.fixture
def folder(open_folder: Path, name: str, singleuser_image: str) -> Path:
    """A folder with files, of which one is ignored."""
    folder = open_folder / name
    folder.mkdir()
    source = "LABEL org.opencontainers.image.source=https://example.org/of-the-base"
    dockerfile = f"FROM {singleuser_image}\n{source}\nRUN echo {uuid4().hex}\n"
    (folder / "Dockerfile").write_text(dockerfile)
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
    assert labels["org.opencontainers.image.source"] == ""
    assert not any(str(folder) in value for value in labels.values())
    assert git("status", "--short", cwd=folder) == "M lesson.txt"


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
    assert f"/{name}:{commit[:7]}" in command_line("compose", name).output, "by its name"


@pytest.mark.long
async def test_what_is_run_leaves_one_image_and_what_is_built_stays(
    folder: Path, engine: docker.DockerClient, docker_host: str, name: str
) -> None:
    def names(image: NamedImage) -> list[str]:
        try:
            return engine.images.get(image.image.id).tags
        except docker.errors.ImageNotFound:
            return ["gone"]

    latest = f"envbuilder/{name}:latest"
    async with open_engine(docker_host) as ours:

        async def found(text: str, *, is_kept: bool = False) -> NamedImage:
            (folder / "lesson.txt").write_text(text)
            return await find_image(ours, str(folder), None, is_kept=is_kept)

        first = await found("1")
        assert (first.reference, first.repository, names(first)) == (latest, name, [latest])
        assert (await find_image(ours, name, None, is_kept=False)).reference == latest
        built = await found("2", is_kept=True)
        second = await found("2b")
        assert (names(first), names(second)) == (["gone"], [latest])
        assert names(built) == [built.reference]
        container = engine.containers.create(second.image.id, "true")
        try:
            third = await found("3")
            assert (names(second), names(third)) == ([], [latest])
        finally:
            container.remove()
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY lesson.txt /\n")
        with pytest.raises(BuildFailed):
            await found("4")
        assert names(third) == [latest], "what fails takes nobody's name"
        everything = {tag for image in engine.images.list() for tag in image.tags}
        assert {tag for tag in everything if f"/{name}:" in tag} == {built.reference, latest}
        kept = await find_image(ours, name, None)
        assert kept.reference != latest
        assert names(kept) == sorted([kept.reference, latest])


async def test_a_push_uses_what_a_credential_helper_keeps(
    command_line: CommandLine,
    engine: docker.DockerClient,
    folder: Path,
    registry: Registry,
    name: str,
) -> None:
    helper = command_line.home / "bin/docker-credential-test"
    helper.parent.mkdir()
    login = {"Username": registry.username, "Secret": registry.password}
    helper.write_text(f"#!/bin/sh\n[ $(cat) = {registry.address} ] && echo '{json.dumps(login)}'\n")
    helper.chmod(0o755)
    docker_config = command_line.home / "docker"
    docker_config.mkdir()
    config = {"auths": {registry.address: {}}, "credsStore": "test"}
    (docker_config / "config.json").write_text(json.dumps(config))
    command_line.environment["PATH"] = f"{helper.parent}:{os.environ['PATH']}"
    command_line.environment["DOCKER_CONFIG"] = str(docker_config)
    pushed = command_line("build", folder, "--push", f"{registry.address}/group", "--json").result
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
        (["run", "https://user:password@example.org/x"], 2, "build it with tljh-envbuilder build"),
        (["compose", "git@example.org:ada/x.git"], 2, "build it with tljh-envbuilder build"),
        (["log", "3"], 2, "set --service-url"),
        (["log", "3", "--service-url=http://127.0.0.1:9"], 2, "There is no token"),
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
