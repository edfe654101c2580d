"""A person's servers, when the parts that are asked do not answer as they should."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.environments.servers import PATIENCE, Servers
from tljh_envbuilder.hub.client import HubServer
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import EnvironmentRequest
from tljh_envbuilder.models.launch import Size
from tljh_envbuilder.models.server import ServerDetail
from tljh_envbuilder.store.store import Store

ADA = Caller(name="ada")


class OneServer:
    """A Hub that knows of one server."""

    def __init__(self) -> None:
        self.server = HubServer(name="", ready=True)

    async def servers(self, token: str, user: str) -> list[HubServer]:
        assert (token, user) == ("hers", "ada")
        return [self.server]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store()
    await store.open(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def hub() -> OneServer:
    return OneServer()


async def shown(store: Store, hub: OneServer, address: str) -> ServerDetail:
    engine = DockerEngine(docker_host=address)
    try:
        servers = Servers(store=store, hub=hub, engine=engine)  # type: ignore[arg-type]
        [server] = await servers.list(ADA, "hers", lambda name, ready: f"/{name}/{ready}")
    finally:
        await engine.close()
    return server


async def test_an_engine_that_says_nothing_leaves_its_numbers_out(
    store: Store, hub: OneServer, tmp_path: Path
) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    await store.environments.add(
        EnvironmentRequest(name="course", repo_url="https://example.org/course"), owner="bob"
    )
    options = {"environment": "course", "profile": "Small"}
    hub.server = HubServer(name="", ready=True, user_options=options)
    began = time.monotonic()
    async with await asyncio.start_unix_server(say_nothing, tmp_path / "engine.sock"):
        server = await shown(store, hub, f"unix://{tmp_path}/engine.sock")
    assert time.monotonic() - began < PATIENCE + 1
    assert (server.environment, server.display_name, server.profile) == (
        "course",
        "course",
        "Small",
    )
    assert server.build is server.memory_used is server.mem_limit is server.cpu_used is None
    assert server.outdated is False


async def test_an_engine_that_is_not_there_is_not_missed(
    store: Store, hub: OneServer, tmp_path: Path
) -> None:
    server = await shown(store, hub, f"unix://{tmp_path}/absent.sock")
    assert (server.ready, server.url, server.memory_used) == (True, "//True", None)


@pytest.mark.parametrize(
    "options",
    [{}, {"environment": None}, {"environment": 1}, {"environment": "../x"}, {"image": "debian"}],
)
async def test_a_server_of_some_other_spawner_is_shown_all_the_same(
    store: Store, hub: OneServer, tmp_path: Path, options: dict[str, Any]
) -> None:
    hub.server = HubServer(name="", pending="check", user_options=options)
    server = await shown(store, hub, f"unix://{tmp_path}/absent.sock")
    assert server.environment is server.display_name is server.profile is server.pending is None


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"mem_limit": 2**30, "cpu_limit": None}, Size(mem_limit=2**30)),
        ({"profile": "Small"}, None),
        ({"mem_limit": "1G"}, None),
    ],
)
async def test_a_size_of_ones_own_is_told_so_that_a_restart_can_ask_for_it_again(
    store: Store, hub: OneServer, tmp_path: Path, options: dict[str, Any], size: Size | None
) -> None:
    hub.server = HubServer(name="", user_options={"environment": "course", **options})
    server = await shown(store, hub, f"unix://{tmp_path}/absent.sock")
    assert server.own_size == size


async def test_an_environment_that_is_gone_leaves_its_name(
    store: Store, hub: OneServer, tmp_path: Path
) -> None:
    hub.server = HubServer(name="", pending="stop", user_options={"environment": "gone"})
    server = await shown(store, hub, f"unix://{tmp_path}/absent.sock")
    assert (server.environment, server.display_name, server.pending) == ("gone", None, "stop")
