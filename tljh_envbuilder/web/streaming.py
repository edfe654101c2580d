"""Answers that go on: sent as they come, to readers who may still read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from tornado.iostream import StreamClosedError

from tljh_envbuilder.errors import EnvBuilderError, HubUnavailable
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.services import Services

#: At this interval in seconds a quiet stream says that it is open, so that proxies keep it so, and
#: each stream makes sure that its reader may still read.
INTERVAL = 10.0
#: A server-sent event that readers ignore.
COMMENT = b": here\n\n"


class StreamHandler(BaseHandler):
    """A handler whose answer may take as long as a build."""

    _streaming: asyncio.Task[None] | None = None

    def initialize(self, services: Services) -> None:
        """Take what the application made; called by Tornado."""
        super().initialize(services)
        self._turn = asyncio.Lock()

    async def check_reader(self) -> None:
        """Raises EnvBuilderError when the reader may no longer read."""
        self.caller = await self.identify()

    async def stream(self, chunks: AsyncIterator[bytes]) -> None:
        """Send chunks until they end or the reader goes away."""
        try:
            async for chunk in chunks:
                await self._send(chunk)
        except StreamClosedError:
            return

    async def stream_events(self, events: AsyncIterator[bytes]) -> None:
        """Send ready-made server-sent events."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        # Proxies keep the headers back until there is a body.
        self.write(COMMENT)
        await self.flush()
        self._streaming = asyncio.create_task(self.stream(events))
        tasks = [self._streaming, asyncio.create_task(self._watch())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _send(self, chunk: bytes) -> None:
        """Send it, and wait until the reader takes more.

        One at a time: Tornado forgets a flush that waits when the next one begins.
        """
        async with self._turn:
            self.write(chunk)
            await self.flush()

    def on_connection_close(self) -> None:
        """A reader that is gone is not waited for; called by Tornado."""
        if self._streaming is not None:
            self._streaming.cancel()

    async def _watch(self) -> None:
        """Say now and then that the stream is open; return when the reader may no longer read."""
        with suppress(StreamClosedError):
            while True:
                await asyncio.sleep(INTERVAL)
                if not await self._may_go_on():
                    return
                if not self._turn.locked():  # else the reader has yet to take what was sent
                    await self._send(COMMENT)

    async def _may_go_on(self) -> bool:
        try:
            await self.check_reader()
        except HubUnavailable:
            # A restart of the Hub ends nobody's stream.
            return True
        except EnvBuilderError:
            return False
        return True
