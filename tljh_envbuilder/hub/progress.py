"""How a server starts, as the Hub tells it while it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from tljh_envbuilder.errors import HubUnavailable, NotFound
from tljh_envbuilder.models.server import ServerProgress

#: The Hub writes something every few seconds; after so many without it is gone.
SILENCE = 60.0
#: The longest line that is read, in bytes; with a message in HTML some are long.
LONGEST_LINE = 2**20

_NO_ANSWER = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


@asynccontextmanager
async def server_progress(
    url: str, token: str, *, connect_timeout: float
) -> AsyncIterator[AsyncIterator[ServerProgress]]:
    """The events, up to the one that is ready or failed; leaving the block closes the connection.

    Raises NotFound for a server that neither runs nor starts, and HubUnavailable.
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout, sock_read=SILENCE)
    # Not Tornado's client, which cannot let go of an answer that goes on.
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=LONGEST_LINE) as session:
        try:
            response = await session.get(url, headers={"Authorization": f"token {token}"})
        except _NO_ANSWER as error:
            raise HubUnavailable(f"The Hub does not answer ({error}); try again shortly.") from None
        async with response:
            if response.status != 200:
                raise _refusal(response.status)
            async with aclosing(_events(response)) as events:
                yield events


def _refusal(status: int) -> Exception:
    # The Hub says 403 and 404 also of servers that the token may not read, and 400 of idle ones.
    if status in {400, 401, 403, 404}:
        return NotFound("You have no such server that runs or starts.")
    return HubUnavailable(f"The Hub answered {status}; try again shortly.")


async def _events(response: aiohttp.ClientResponse) -> AsyncGenerator[ServerProgress, None]:
    try:
        async for line in response.content:
            if not line.startswith(b"data:"):
                continue
            event = _event(json.loads(line[5:]))
            yield event
            if event.ready or event.failed:
                return
    except (*_NO_ANSWER, HttpProcessingError, ValueError):
        return  # the Hub is gone, or makes no sense: readers come again


def _event(data: Any) -> ServerProgress:
    """What a spawner says may be anything; the HTML that some add is for the Hub's own page."""
    if not isinstance(data, dict):
        raise ValueError("an event is an object")
    ready, failed = data.get("ready") is True, data.get("failed") is True
    progress = data.get("progress")
    return ServerProgress(
        progress=int(min(100, max(0, progress))) if isinstance(progress, (int, float)) else 0,
        message=str(data.get("message") or ""),
        ready=ready,
        failed=failed,
        url=str(data["url"]) if ready and data.get("url") else None,
    )
