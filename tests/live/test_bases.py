"""Images that a Dockerfile names are there before the build begins, whatever line names them."""

from __future__ import annotations

import io
import json
import os
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer
from dev.registry import Registry
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Client, Deployment


@pytest.fixture(scope="module")
def with_login(
    hub_address: str, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Somebody who may build, where the operator has configured a registry's login."""
    folder = tmp_path_factory.mktemp("with-login")
    login = b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    config = folder / "config.json"
    config.write_text(json.dumps({"auths": {registry.address: {"auth": login}}}))
    extra = f"c.DockerEngine.registry_config = {str(config)!r}"
    with make_deployment(Path(folder), hub_address, service_extra=extra) as deployment:
        yield deployment.client(BUILDER)


@pytest.fixture
def private_image(engine: docker.DockerClient, registry: Registry) -> Iterator[str]:
    """The name of an image with one file that is in the registry and not on the engine."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        entry = tarfile.TarInfo("etc/secret")
        entry.size = 2**20
        tar.addfile(entry, io.BytesIO(os.urandom(entry.size)))
    name = f"{registry.address}/base-{uuid4().hex[:8]}"
    engine.api.import_image_from_data(content.getvalue(), repository=name, tag="1")
    login = {"username": registry.username, "password": registry.password}
    pushed = engine.images.push(name, "1", auth_config=login)
    assert "error" not in pushed, pushed
    engine.images.remove(f"{name}:1")
    yield f"{name}:1"
    with suppress(docker.errors.ImageNotFound):
        engine.images.remove(f"{name}:1", force=True)


COPIED = "FROM {public}\nCOPY --from=private /etc/secret /tmp/x\n"


@pytest.mark.parametrize(
    "lines",
    [
        "FROM {private} AS private\n" + COPIED,
        pytest.param(
            "ARG BASE={private}\nFROM $BASE AS private\n" + COPIED, marks=pytest.mark.long
        ),
        "FROM {public}\nCOPY --from={private} /etc/secret /tmp/x\n",
        "FROM {public}\nRUN --mount=type=bind,from={private},target=/mnt ls /mnt/etc\n",
    ],
)
def test_an_image_behind_a_login_is_pulled_first_with_progress(
    with_login: Client, git_server: GitServer, singleuser_image: str, private_image: str, lines: str
) -> None:
    dockerfile = lines.format(private=private_image, public=singleuser_image)
    repository = git_server.create(f"based-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    environment = with_login.add(repository.url)
    events = list(with_login.events(environment["last_build"]["id"]))
    statuses = [event.data["status"] for event in events if event.name == "status"]
    assert statuses == ["queued", "fetching", "pulling", "building", "checking", "built"]
    pulls = [e.data for e in events if e.name == "step" and e.data["name"].startswith("Pull")]
    assert [pull["status"] for pull in pulls] == ["running", "done"]
    assert private_image in pulls[0]["name"]


def test_without_the_login_the_sentence_says_so(
    builder: Client, git_server: GitServer, private_image: str
) -> None:
    repository = git_server.create(
        f"based-{uuid4().hex[:8]}", {"Dockerfile": f"FROM {private_image}\n"}
    )
    build = builder.ended(builder.add(repository.url)["last_build"]["id"])
    assert build["status"] == "failed"
    assert "login" in build["error"]
    assert private_image in build["error"]


def test_a_frontend_that_cannot_be_had_is_left_out(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    syntax = "# syntax=registry.invalid/no/frontend:1"
    dockerfile = f"{syntax}\nFROM {singleuser_image}\nRUN echo read {uuid4().hex}\n"
    repository = git_server.create(f"syntax-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    environment = builder.built(builder.add(repository.url))
    assert f"'{syntax}' is left out" in builder.log(environment["current_build"]["id"])


@pytest.fixture
def secret_environment(builder: Client, git_server: GitServer, singleuser_image: str) -> dict:
    """An environment of one lecturer's, with a file that nobody else may see."""
    files = {"Dockerfile": f"FROM {singleuser_image}\n", "exam.txt": "the answers"}
    repository = git_server.create(f"exam-{uuid4().hex[:8]}", files)
    return builder.built(builder.add(repository.url, visibility={"users": []}))


@pytest.mark.parametrize(
    "lines",
    [
        "FROM {image}\nRUN cat /srv/repo/exam.txt\n",
        pytest.param(
            "FROM {public}\nCOPY --from={image} /srv/repo/exam.txt /tmp/\nRUN cat /tmp/exam.txt\n",
            marks=pytest.mark.long,
        ),
        "FROM {public}\nRUN --mount=from={image},target=/mnt cat /mnt/srv/repo/exam.txt\n",
    ],
)
def test_nobody_builds_from_an_environment_that_they_may_not_see(
    deployment: Deployment,
    builder: Client,
    git_server: GitServer,
    singleuser_image: str,
    secret_environment: dict,
    lines: str,
) -> None:
    name, build = secret_environment["name"], secret_environment["current_build"]["id"]
    image = f"{deployment.prefix}/{name}:build-{build}"
    dockerfile = lines.format(image=image, public=singleuser_image)
    repository = git_server.create(f"thief-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    other = deployment.client("other-builder")
    stolen = other.ended(other.add(repository.url)["last_build"]["id"])
    assert stolen["status"] == "failed"
    assert "not for everyone" in stolen["error"]
    assert "the answers" not in other.log(stolen["id"])
    own = builder.ended(builder.add(repository.url)["last_build"]["id"])
    assert own["status"] == "built", own["error"]


def test_an_image_that_only_the_engine_could_tell_is_not_taken_from(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    # Podman would replace the variable, and say it nowhere.
    dockerfile = (
        f"FROM {singleuser_image}\nARG X={singleuser_image}\nCOPY --from=$X /etc /tmp/etc\n"
    )
    repository = git_server.create(f"variable-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    build = builder.ended(builder.add(repository.url)["last_build"]["id"])
    assert build["status"] == "failed"
    assert "an image that a variable names ('$X')" in build["error"]
