"""How a push to a registry ends that is not let come to its end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from dev.relay import Relay
from tests.engine.fixture_types import Build
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.docker import DockerEngine


async def test_a_push_that_is_cancelled_ends_although_the_engine_is_gone(
    docker_host: str, engine: DockerEngine, build: Build, tag: str
) -> None:
    async with aclosing(build("FROM scratch\nCOPY hello.txt /\n")) as events:
        _ = [event async for event in events]
    with Relay(docker_host) as relay:
        way = DockerEngine(docker_host=f"tcp://{relay.address}")
        registry = Registry(way, registry_url="https://registry.invalid")

        async def push() -> None:
            async with aclosing(registry.push(tag, "maths", "0" * 40)) as records:
                _ = [record async for record in records]

        relay.hold_at(b"/push?")
        pushing = asyncio.create_task(push())
        assert await asyncio.to_thread(relay.held.wait, 60)
        pushing.cancel()
        relay.cut()
        with pytest.raises(asyncio.CancelledError):
            await pushing
        await way.close()
