"""Watches a server's port, closer than the Hub does with its growing pauses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import SimpleAsyncHTTPClient

#: Seconds between two looks at the container, which cost more than a try of its port.
LOOK_INTERVAL = 0.5


async def wait_until_it_answers(
    url: str, *, interval: float, timeout: float, is_running: Callable[[], Awaitable[bool]]
) -> bool:
    """Return True at the first answer below 500, which is what the Hub waits for as well.

    Returns False when there will be none: after `timeout` seconds, or when `is_running` says so.
    The port is tried every `interval` seconds.
    """
    # A client of its own: the Hub's shared one serves ten requests at once, all users together.
    client = SimpleAsyncHTTPClient(force_instance=True)
    started = looked = time.monotonic()
    try:
        while not await _answers(client, url):
            now = time.monotonic()
            if now - started > timeout:
                return False
            if now - looked > LOOK_INTERVAL:
                looked = now
                if not await is_running():
                    return False
            await asyncio.sleep(interval)
        return True
    finally:
        client.close()


async def _answers(client: SimpleAsyncHTTPClient, url: str) -> bool:
    try:
        response = await client.fetch(
            url, follow_redirects=False, raise_error=False, connect_timeout=1, request_timeout=5
        )
    except (HTTPClientError, OSError):
        return False
    return int(response.code) < 500
