"""Pulling from a real registry that asks for a login."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.registry import Registry
from tests.engine.fixture_types import MakeContext
from tests.engine.records import collect, states_of
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ConfigurationError, PullFailed
from tljh_envbuilder.models.build import StepStatus
from tljh_envbuilder.models.events import StepProgress

SIZE = 3_000_000


@pytest.fixture
async def pushed(
    engine: DockerEngine, docker_host: str, registry: Registry, make_context: MakeContext
) -> AsyncIterator[str]:
    """An image that the registry has and the engine has not."""
    repository = f"{registry.address}/tljh-envbuilder-test-{uuid4().hex[:12]}"
    name = f"{repository}:1"
    content = make_context({"x": os.urandom(SIZE)})
    login = {"username": registry.username, "password": registry.password}
    with closing(docker.APIClient(base_url=docker_host, version="auto")) as client:
        # Imported: BuildKit's cache would keep the layer of an image that it built.
        client.import_image(str(content), repository=repository, tag="1")
        answer = client.push(name, auth_config=login)
    assert "error" not in answer
    await engine.remove_image(name)
    yield name
    await engine.remove_image(name)


def config_json(folder: Path, registry: Registry, *, password: str | None = None) -> str:
    """Write a Docker config.json with a login for the registry."""
    login = f"{registry.username}:{password or registry.password}"
    auth = base64.b64encode(login.encode()).decode()
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": {f"http://{registry.address}/v2/": {"auth": auth}}}))
    return str(path)


async def test_an_image_is_pulled_with_the_registrys_login(
    engine: DockerEngine, registry: Registry, pushed: str, tmp_path: Path
) -> None:
    engine.registry_config = config_json(tmp_path, registry)

    records = await collect(engine.pull(pushed, step="pull"))

    assert await engine.image(pushed) is not None
    assert states_of(records, f"Pull {pushed}") == [
        (StepStatus.RUNNING, False),
        (StepStatus.DONE, False),
    ]
    last = [record for record in records if isinstance(record, StepProgress)][-1]
    assert last.step == "pull"
    assert last.current == last.total
    assert last.current > SIZE


async def test_without_a_login_the_failure_says_that_one_is_needed(
    engine: DockerEngine, pushed: str
) -> None:
    with pytest.raises(PullFailed, match="asks for a login"):
        await collect(engine.pull(pushed, step="pull"))


async def test_a_wrong_login_is_told_from_none(
    engine: DockerEngine, registry: Registry, pushed: str, tmp_path: Path
) -> None:
    engine.registry_config = config_json(tmp_path, registry, password="wrong")

    with pytest.raises(PullFailed, match="refuses the login"):
        await collect(engine.pull(pushed, step="pull"))


async def test_an_absent_image_was_not_found(
    engine: DockerEngine, registry: Registry, tmp_path: Path
) -> None:
    engine.registry_config = config_json(tmp_path, registry)

    with pytest.raises(PullFailed, match="was not found at"):
        await collect(engine.pull(f"{registry.address}/nosuch:1", step="pull"))


async def test_a_registry_that_does_not_answer_cannot_be_reached(engine: DockerEngine) -> None:
    with pytest.raises(PullFailed, match=r"the engine cannot reach 127\.0\.0\.1:9\."):
        await collect(engine.pull("127.0.0.1:9/nosuch:1", step="pull"))


@pytest.mark.parametrize("name", ["", "Upper:1", "../containers/json", "a b", "-x", "x:1\n"])
async def test_what_is_not_a_name_is_not_pulled(engine: DockerEngine, name: str) -> None:
    with pytest.raises(PullFailed, match="is not the name of an image"):
        await collect(engine.pull(name, step="pull"))


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"auths": []}'])
async def test_unusable_logins_are_an_error_of_the_configuration(
    engine: DockerEngine, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    engine.registry_config = str(path)

    with pytest.raises(ConfigurationError, match=f"The logins in {path} are unusable"):
        await collect(engine.pull("python:3", step="pull"))
