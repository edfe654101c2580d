"""An engine that answers from a record: for what a real one cannot be brought to say here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

# What it says of itself, to /version as to /info.
_SELF = json.dumps(
    {
        "Version": "20.10.24",
        "ApiVersion": "1.41",
        "NCPU": 2,
        "MemTotal": 2**30,
        "DockerRootDir": "/not/on/this/machine",
    }
).encode()


def message(**fields: Any) -> bytes:
    """One line of the engine's answer."""
    return json.dumps(fields).encode() + b"\r\n"


class RecordedEngine:
    """Answers every POST with these pieces of bytes, each sent by itself."""

    def __init__(self, *pieces: bytes, pause: float = 0, breaks_off: bool = False) -> None:
        self.pieces = pieces
        self.pause = pause
        self.breaks_off = breaks_off
        self.received = b""  # body of the latest request
        self.request = ""  # its first line
        self.looks = 0  # at what it is
        self.sent_at: list[float] = []  # when each piece left, by the loop's clock

    @asynccontextmanager
    async def serve(self, folder: Path) -> AsyncIterator[str]:
        """Listen on a socket in the folder, and give its address."""
        server = await asyncio.start_unix_server(self._converse, folder / "engine.sock")
        async with server:
            yield f"unix://{folder}/engine.sock"

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                if head.startswith("GET"):
                    self.looks += 1
                    size = f"Content-Length: {len(_SELF)}\r\n"
                    writer.write(f"{_OK}{size}\r\n".encode() + _SELF)
                else:
                    self.request = head.splitlines()[0]
                    self.received = await reader.readexactly(_content_length(head))
                    await self._answer(writer)
                    break
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{_OK}Transfer-Encoding: chunked\r\n\r\n".encode())
        for piece in self.pieces:
            await asyncio.sleep(self.pause)
            self.sent_at.append(asyncio.get_running_loop().time())
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        if not self.breaks_off:
            writer.write(b"0\r\n\r\n")
        await writer.drain()


_OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _content_length(head: str) -> int:
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0
