"""What is said when no engine answers."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.fixture_types import MakeContext
from tests.engine.records import collect
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ConfigurationError, EngineUnavailable

SENTENCE = "The container engine does not answer at {}: is Docker running?"

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(folder: Path, converse: Converse) -> AsyncIterator[str]:
    """Something that is no engine listens at the address."""
    server = await asyncio.start_unix_server(converse, folder / "engine.sock")
    async with server:
        yield f"unix://{folder}/engine.sock"


async def assert_unavailable(address: str, **settings: Any) -> None:
    """Nothing but the one sentence comes from asking."""
    engine = DockerEngine(**{"docker_host": address, **settings})
    with pytest.raises(EngineUnavailable) as unavailable:
        await engine.info()
    await engine.close()
    assert unavailable.value.message == SENTENCE.format(address)


async def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    await assert_unavailable(f"unix://{tmp_path}/absent.sock")


async def test_a_port_that_nobody_listens_on() -> None:
    await assert_unavailable("tcp://127.0.0.1:9")


async def test_a_socket_that_accepts_and_closes(tmp_path: Path) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with listening(tmp_path, close) as address:
        await assert_unavailable(address)


async def test_a_socket_that_accepts_and_says_nothing(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(tmp_path, say_nothing) as address:
        await assert_unavailable(address, connect_timeout=0.2)
        engine = DockerEngine(docker_host=address, connect_timeout=0.2, answer_timeout=0.2)
        for question in [
            engine.image("a:1"),
            engine.containers({}),
            engine.tag_image("a:1", "b:1"),
            engine.remove_image("a:1"),
        ]:
            with pytest.raises(EngineUnavailable):
                await asyncio.wait_for(question, 5)
        await engine.close()


async def test_every_method_says_the_same(tmp_path: Path, make_context: MakeContext) -> None:
    address = f"unix://{tmp_path}/absent.sock"
    engine = DockerEngine(docker_host=address)
    context = make_context({"Dockerfile": "FROM scratch\n"})
    asked: list[Awaitable[object]] = [
        collect(engine.build(context, tag="a:1", dockerfile="D", build_args={}, labels={})),
        collect(engine.pull("python:3", step="pull")),
        engine.image("python:3"),
        engine.images({}),
        engine.tag_image("a:1", "b:1"),
        engine.remove_image("a:1"),
        engine.run("python:3", ["true"], timeout=5),
        engine.containers({}),
        engine.stop_container("abc"),
        engine.remove_container("abc"),
    ]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    await engine.close()
    assert {type(answer) for answer in answers} == {EngineUnavailable}
    assert {str(answer) for answer in answers} == {SENTENCE.format(address)}


async def test_an_engine_is_found_again_once_it_answers(docker_host: str, tmp_path: Path) -> None:
    if not docker_host.startswith("unix://"):
        pytest.skip("the engine has no socket to link to")
    link = tmp_path / "engine.sock"
    engine = DockerEngine(docker_host=f"unix://{link}")
    with pytest.raises(EngineUnavailable):
        await engine.info()

    link.symlink_to(docker_host.removeprefix("unix://"))

    assert (await engine.info()).kind
    await engine.close()


async def test_an_address_that_is_none_is_an_error_of_the_configuration() -> None:
    engine = DockerEngine(docker_host="/var/run/docker.sock")

    with pytest.raises(ConfigurationError, match=r"address /var/run/docker\.sock cannot be used"):
        await engine.info()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ssh://me:the-secret@host", "ssh://host"),
        ("tcp://me:the/secret@127.0.0.1:9", "tcp://127.0.0.1:9"),
        ("me:the-secret@host", "host"),
    ],
)
async def test_a_password_in_the_address_is_told_to_nobody(address: str, shown: str) -> None:
    engine = DockerEngine(docker_host=address, connect_timeout=1)
    with pytest.raises((ConfigurationError, EngineUnavailable)) as refused:
        await engine.info()
    await engine.close()
    assert f" {shown}" in refused.value.message
    assert "secret" not in refused.value.message


async def test_a_machine_that_does_not_answer_is_told_from_an_engine_that_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, ExitStack() as others:
        address = silent.getsockname()
        for _ in range(3):  # as many as wait to be taken, and nobody takes them
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(address)
        engine = DockerEngine(docker_host=f"tcp://127.0.0.1:{address[1]}", connect_timeout=0.5)
        with pytest.raises(EngineUnavailable) as unavailable:
            await engine.info()
        await engine.close()
    assert unavailable.value.message == (
        f"The container engine at tcp://127.0.0.1:{address[1]} cannot be reached: no answer within"
        " 0.5 seconds."
    )


async def test_a_machine_whose_ssh_says_nothing_is_told_as_such(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"ssh://127.0.0.1:{silent.getsockname()[1]}"
        (tmp_path / "config").touch()
        engine = DockerEngine(
            docker_host=address, ssh_config=str(tmp_path / "config"), connect_timeout=1
        )
        with pytest.raises(EngineUnavailable, match=f"at {address} cannot be reached: .+"):
            await engine.info()
        await engine.close()


async def test_the_environment_says_where_the_engine_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(os.environ, "DOCKER_HOST", f"unix://{tmp_path}/absent.sock")

    await assert_unavailable(f"unix://{tmp_path}/absent.sock", docker_host="")
