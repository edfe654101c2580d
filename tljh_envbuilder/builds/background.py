"""What goes on in the background, whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from logging import Logger

from tljh_envbuilder.errors import EnvBuilderError


@contextmanager
def surviving(log: Logger, what: str) -> Iterator[None]:
    """Log what goes wrong in the block as what it means, and go on behind it.

    What was not expected is logged with its traceback.
    """
    try:
        yield
    except EnvBuilderError as error:
        log.warning("%s: %s", what, error)
    except Exception:
        log.exception("%s", what)


async def wait_for_event(event: asyncio.Event, timeout: float) -> None:
    """Wait until the event is set, which happens after `timeout` seconds at the latest.

    Before Python 3.12, `asyncio.wait_for` forgets that it was cancelled if it has just ended.
    """
    timer = asyncio.get_running_loop().call_later(timeout, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
