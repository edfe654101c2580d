"""A person's servers, when the parts that are asked do not answer as they should."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tljh_envbuilder.engine.containers import Container
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.usage import Usage
from tljh_envbuilder.environments.servers import PATIENCE, Servers
from tljh_envbuilder.hub.client import HubServer
from tljh_envbuilder.models.build import Trigger
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import EnvironmentChange, EnvironmentRequest, Publish
from tljh_envbuilder.models.labels import BUILD, ENVIRONMENT, SERVER, TEST, USER
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
def hub() -> OneServer:
    return OneServer()


class OneContainer:
    """An engine on which one server runs."""

    def __init__(self, build: int, *, is_test: bool) -> None:
        labels = {ENVIRONMENT: "course", SERVER: "", BUILD: str(build), TEST: str(is_test).lower()}
        self.container = Container(id="", name="", image_id="", labels=labels, running=True)

    async def containers(self, labels: dict[str, str]) -> list[Container]:
        assert labels[USER] == "ada"
        return [self.container]

    async def usage(self, container_id: str) -> Usage:
        return Usage()


async def listed(store: Store, hub: OneServer, engine: Any) -> ServerDetail:
    servers = Servers(store=store, hub=hub, engine=engine, launches=None)  # type: ignore[arg-type]
    [server] = await servers.list(ADA, "hers", lambda name, ready: f"/{name}/{ready}")
    return server


async def shown(store: Store, hub: OneServer, address: str) -> ServerDetail:
    engine = DockerEngine(docker_host=address)
    try:
        return await listed(store, hub, engine)
    finally:
        await engine.close()


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
    assert time.monotonic() - began < PATIENCE + 30
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


@pytest.fixture
async def builds(store: Store) -> list[int]:
    """A build that users got once, the one that they get now, and one that waits."""
    request = EnvironmentRequest(name="course", repo_url="https://example.org/course")
    _, first = await store.environments.add(request, owner="ada")
    await store.builds.finish(first.id, resolved_ref="1" * 40)
    again: dict[str, Any] = {"ref": None, "trigger": Trigger.REBUILD, "requested_by": "ada"}
    second = await store.builds.add("course", **again)
    await store.builds.finish(second.id)
    await store.environments.change("course", EnvironmentChange(publish=Publish.MANUAL))
    third = await store.builds.add("course", **again)
    await store.builds.finish(third.id)
    return [first.id, second.id, third.id]


@pytest.mark.parametrize(
    ("chosen", "runs", "is_outdated"),
    [(None, 0, True), (None, 1, False), (0, 0, False), (1, 1, False), (2, 2, False)],
)
async def test_a_server_is_outdated_unless_its_build_was_chosen(
    store: Store,
    hub: OneServer,
    builds: list[int],
    chosen: int | None,
    runs: int,
    is_outdated: bool,
) -> None:
    choice = {} if chosen is None else {"build": builds[chosen]}
    hub.server = HubServer(name="", user_options={"environment": "course", **choice})
    server = await listed(store, hub, OneContainer(builds[runs], is_test=False))
    assert (server.build, server.outdated) == (builds[runs], is_outdated)
    assert server.chosen_build == choice.get("build")


async def test_a_test_stays_one_when_its_build_is_published(
    store: Store, hub: OneServer, builds: list[int]
) -> None:
    waiting = builds[2]
    hub.server = HubServer(name="", user_options={"environment": "course", "build": waiting})
    test = OneContainer(waiting, is_test=True)
    assert (await listed(store, hub, test)).is_test
    await store.environments.set_current_build("course", waiting)
    assert (await listed(store, hub, test)).is_test
    assert not (await listed(store, hub, OneContainer(waiting, is_test=False))).is_test


@pytest.mark.parametrize(("chosen", "is_test"), [(0, False), (2, True)])
async def test_what_was_chosen_is_known_before_there_is_a_container(
    store: Store, hub: OneServer, builds: list[int], tmp_path: Path, chosen: int, is_test: bool
) -> None:
    options = {"environment": "course", "build": builds[chosen]}
    hub.server = HubServer(name="", pending="spawn", user_options=options)
    server = await shown(store, hub, f"unix://{tmp_path}/absent.sock")
    assert (server.build, server.is_test) == (builds[chosen], is_test)
