"""Answers that go on: sent as they come, to readers who may still read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tornado.iostream import StreamClosedError

from tljh_envbuilder.errors import EnvBuilderError, HubUnavailable
from tljh_envbuilder.web.base import BaseHandler

#: At this interval in seconds a quiet stream says that it is open, so that proxies keep it so, and
#: each stream makes sure that its reader may still read.
INTERVAL = 20.0
#: A server-sent event that readers ignore.
COMMENT = b": here\n\n"


class StreamHandler(BaseHandler):
    """A handler whose answer may take as long as a build."""

    _streaming: asyncio.Task[None] | None = None

    async def check_reader(self) -> None:
        """Raises EnvBuilderError when the reader may no longer read."""
        self.caller = await self.identify()

    async def stream(self, chunks: AsyncIterator[bytes]) -> None:
        """Send chunks until they end or the reader goes away."""
        try:
            async for chunk in chunks:
                self.write(chunk)
                await self.flush()
        except StreamClosedError:
            return

    async def stream_events(self, events: AsyncIterator[bytes]) -> None:
        """Send ready-made server-sent events."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        # Proxies keep the headers back until there is a body: this tells a reader of a quiet
        # stream that it is open.
        self.write(COMMENT)
        await self.flush()
        self._streaming = asyncio.create_task(self.stream(self._while_allowed(events)))
        await asyncio.wait([self._streaming])
        if not self._streaming.cancelled():
            self._streaming.result()

    def on_connection_close(self) -> None:
        """A reader that is gone is not waited for; called by Tornado."""
        if self._streaming is not None:
            self._streaming.cancel()

    async def _while_allowed(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        due = loop.time() + INTERVAL
        pending: asyncio.Task[bytes] | None = None
        try:
            while True:
                pending = pending or asyncio.ensure_future(anext(events))
                done, _ = await asyncio.wait([pending], timeout=max(0, due - loop.time()))
                if loop.time() >= due:
                    due = loop.time() + INTERVAL
                    if not await self._may_go_on():
                        return
                    yield COMMENT
                if not done:
                    continue
                try:
                    event = pending.result()
                except StopAsyncIteration:
                    return
                pending = None
                yield event
        finally:
            if pending is not None:
                pending.cancel()

    async def _may_go_on(self) -> bool:
        try:
            await self.check_reader()
        except HubUnavailable:
            # A restart of the Hub ends nobody's stream.
            return True
        except EnvBuilderError:
            return False
        return True
