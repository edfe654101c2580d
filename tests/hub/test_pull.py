"""An image that is missing on the engine of the servers is pulled from a real registry."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from uuid import uuid4

import docker
import pytest
from jupyterhub.user import User

from dev.registry import Registry
from dev.relay import Relay
from tests.hub.launch_service import TOKEN, launch
from tests.live.service import eventually
from tljh_envbuilder.models.launch import Launch
from tljh_envbuilder.models.sealed import sealed
from tljh_envbuilder.spawner.errors import StartError


@pytest.fixture
def relay(registry: Registry) -> Iterator[Relay]:
    """The way from the engine to the registry."""
    with Relay(registry.address) as relay:
        yield relay


@pytest.fixture
def pushed(docker_host: str, base_image: str, registry: Registry, relay: Relay) -> Iterator[Launch]:
    """The launch of an image that is in the registry."""
    name = f"pulled-{uuid4().hex[:8]}"
    login = {"username": registry.username, "password": registry.password}
    engine = docker.DockerClient(base_url=docker_host)
    there = f"{registry.address}/{name}"
    engine.images.get(base_image).tag(there, "1")
    told = engine.images.push(there, "1", auth_config=login, stream=True, decode=True)
    [digest] = [each["aux"]["Digest"] for each in told if "aux" in each]
    engine.images.remove(f"{there}:1")
    reference = f"{relay.address}/{name}@{digest}"
    header = urlsafe_b64encode(json.dumps(login).encode()).decode()
    yield launch(registry_image=reference, registry_login=sealed(header, TOKEN))
    with suppress(docker.errors.ImageNotFound):
        engine.images.remove(reference)
    engine.close()


@pytest.mark.long
async def test_what_came_of_a_pull_that_nobody_waited_for_is_no_answer_to_the_next_start(
    user: User, relay: Relay, pushed: Launch, docker_host: str
) -> None:
    spawner = user.spawner
    relay.hold()
    given_up = asyncio.create_task(spawner.pull_launch(pushed))
    await asyncio.to_thread(eventually, lambda: relay.connections)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    [pull] = spawner._pulls.values()
    relay.cut()
    assert await asyncio.to_thread(pull.exception, 30) is not None

    relay.restore()
    pulled = await spawner.pull_launch(pushed)

    with closing(docker.DockerClient(base_url=docker_host)) as engine:
        assert engine.images.get(pushed.registry_image).id == pulled.image_id


async def test_all_who_wait_are_told_when_it_cannot_be_had(
    user: User, relay: Relay, pushed: Launch
) -> None:
    relay.cut()
    starts = [user.spawner.pull_launch(pushed) for _ in range(3)]
    for failure in await asyncio.gather(*starts, return_exceptions=True):
        assert isinstance(failure, StartError)
        assert "could not be pulled" in failure.message
    assert user.spawner._pulls == {}
