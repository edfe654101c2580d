"""The caller's own servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from jupyterhub.utils import url_path_join

from tljh_envbuilder.models.launch import Server, ServerRequest
from tljh_envbuilder.models.server import ServerList, ServerProgress
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import EVENT_STREAM, operation
from tljh_envbuilder.web.paths import server_name_in
from tljh_envbuilder.web.queries import ServerQuery
from tljh_envbuilder.web.streaming import StreamHandler


class ServersHandler(BaseHandler):
    """The servers, and starting one."""

    @operation("List your own servers, with what they use", answers={200: ServerList})
    async def get(self) -> None:
        """List the caller's servers, with the caller's own authority."""
        items = await self.services.servers.list(
            self.caller,
            self.hub_auth.get_token(self),
            lambda name, ready: _address(self, name, ready=ready),
        )
        self.write_model(ServerList(items=items))

    @operation(
        "Start your own server from an environment",
        request=ServerRequest,
        answers={202: Server},
        errors=(404, 409),
    )
    async def post(self) -> None:
        """Start a server of the caller's, with the caller's own authority."""
        request = self.read_model(ServerRequest)
        ready = await self.services.servers.start(
            self.caller, self.hub_auth.get_token(self), request
        )
        self.set_status(202)
        self.write_model(
            Server(
                server_name=request.server_name,
                url=_address(self, request.server_name, ready=ready),
                ready=ready,
            )
        )


class ServerHandler(BaseHandler):
    """One server of the caller's."""

    @operation("Stop your own server", answers={204: None}, errors=(409,))
    async def delete(self, server_name: str) -> None:
        """Stop a server of the caller's; the default server has the empty name."""
        name = server_name_in(server_name)
        await self.services.servers.stop(self.caller, self.hub_auth.get_token(self), name)
        self.set_status(204)


class ServerProgressHandler(StreamHandler):
    """The start of a server."""

    @operation(
        "Follow the start of your own server; ends after `ready` or `failed`",
        query=ServerQuery,
        answers={200: str},
        content_types=(EVENT_STREAM,),
        events=(ServerProgress,),
        errors=(404,),
    )
    async def get(self) -> None:
        """Send on what the Hub tells the caller of a server that runs or starts."""
        query = self.read_query(ServerQuery)
        token = self.hub_auth.get_token(self)
        progress = self.services.servers.progress(self.caller, token, query.server_name)
        async with progress as events:
            await self.stream_events(_framed(events))


async def _framed(events: AsyncIterator[ServerProgress]) -> AsyncIterator[bytes]:
    async for event in events:
        yield f"event: progress\ndata: {event.model_dump_json()}\n\n".encode()


def _address(handler: BaseHandler, server_name: str, *, ready: bool) -> str:
    """Where the server is, or the Hub's page that shows how it starts.

    Where users have hosts of their own, the Hub leads from its own host to theirs.
    """
    hub = handler.hub_auth.hub_prefix
    base = hub[: -len("hub/")] if hub.endswith("hub/") else "/"
    user = quote(handler.caller.name, safe="@")
    path = ["user", user] if ready else [hub.removeprefix(base), "spawn-pending", user]
    address: str = url_path_join(base, *path, quote(server_name, safe=""))
    return handler.hub_auth.hub_host + address.rstrip("/") + "/" * ready  # type: ignore[no-any-return]
