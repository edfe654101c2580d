"""A port of this machine that leads into a container, through the connection to its engine.

For engines elsewhere: no port is opened there, and it works whichever way the engine is reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.resources import files

from aiodocker.stream import Stream

from tljh_envbuilder.engine.connection import Connection
from tljh_envbuilder.errors import Conflict, EnvBuilderError

_RELAY = files(__package__).joinpath("relay.py").read_text()
_CHUNK = 64 * 1024


@asynccontextmanager
async def forward(
    connection: Connection, container_id: str, port: int, *, local_port: int = 0
) -> AsyncIterator[int]:
    """Give the port at 127.0.0.1 that leads to the container's, until the block ends.

    Each connection is a process in the container, which must have Python. Raises Conflict for a
    port that is taken here.
    """
    conversations: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        conversations.add(task)
        try:
            with suppress(EnvBuilderError, OSError):  # closed is all that a browser understands
                await _converse(connection, container_id, port, reader, writer)
        finally:
            conversations.discard(task)
            writer.close()

    try:
        server = await asyncio.start_server(accept, "127.0.0.1", local_port)
    except OSError as error:
        raise Conflict(f"Port {local_port} is taken: choose another one.") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


async def _converse(
    connection: Connection,
    container_id: str,
    port: int,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    with connection.client() as docker:
        process = await docker.containers.container(container_id).exec(
            ["python3", "-c", _RELAY, str(port)], stdin=True, stdout=True, stderr=False
        )
        async with process.start(detach=False) as stream:
            directions = {
                asyncio.create_task(_send(reader, stream)),
                asyncio.create_task(_receive(stream, writer)),
            }
            try:
                await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for direction in directions:
                    direction.cancel()
                await asyncio.gather(*directions, return_exceptions=True)


async def _send(reader: asyncio.StreamReader, stream: Stream) -> None:
    while data := await reader.read(_CHUNK):
        await stream.write_in(data)


async def _receive(stream: Stream, writer: asyncio.StreamWriter) -> None:
    while message := await stream.read_out():
        writer.write(message.data)
        await writer.drain()
