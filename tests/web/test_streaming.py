"""Streams to readers who take their time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from tljh_envbuilder.errors import NotAuthenticated
from tljh_envbuilder.web import streaming
from tljh_envbuilder.web.streaming import StreamHandler

EVENT = b"data: " + b"x" * 10_000 + b"\n\n"
#: More than what both ends keep in their buffers.
EVENTS = 2_000


class Slow(StreamHandler):
    """Sends more than a reader takes at once."""

    public = True
    checks = 0
    checked: asyncio.Event
    may_read = True

    async def get(self) -> None:
        async def events() -> AsyncIterator[bytes]:
            for _ in range(EVENTS):
                yield EVENT
            yield b"data: end\n\n"

        await self.stream_events(events())

    async def check_reader(self) -> None:
        type(self).checks += 1
        if self.checks == 5:
            self.checked.set()
        if not self.may_read:
            raise NotAuthenticated("Log in.")


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> type[Slow]:
    monkeypatch.setattr(streaming, "INTERVAL", 0.02)
    return type("Handler", (Slow,), {"checked": asyncio.Event()})


@pytest.fixture
async def reader(handler: type[Slow]) -> AsyncIterator[asyncio.StreamReader]:
    """The answer, of which nothing is read while a few intervals pass."""
    listening, port = bind_unused_port()
    server = HTTPServer(Application([("/", handler, {"services": None})]))
    server.add_socket(listening)
    connection = socket.create_connection(("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=2**14)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await asyncio.wait_for(handler.checked.wait(), 60)
    yield reader
    writer.close()
    server.stop()
    await server.close_all_connections()


async def test_a_reader_who_paused_gets_everything(reader: asyncio.StreamReader) -> None:
    answer = await asyncio.wait_for(reader.read(), 60)
    assert answer.count(EVENT) == EVENTS
    assert answer.endswith(b"data: end\n\n")


async def test_a_reader_who_paused_and_may_no_longer_read_is_sent_no_more(
    handler: type[Slow], reader: asyncio.StreamReader
) -> None:
    handler.may_read = False
    answer = await asyncio.wait_for(reader.read(), 60)
    assert answer.count(EVENT) < EVENTS
