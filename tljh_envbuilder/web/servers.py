"""The caller's own servers."""

from __future__ import annotations

from urllib.parse import quote

from jupyterhub.utils import url_path_join

from tljh_envbuilder.errors import NotAllowed
from tljh_envbuilder.models.launch import Server, ServerRequest
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation
from tljh_envbuilder.web.paths import server_name_in


class ServersHandler(BaseHandler):
    """Starting a server."""

    @operation(
        "Start your own server from an environment",
        request=ServerRequest,
        answers={202: Server},
        errors=(404, 409),
    )
    async def post(self) -> None:
        """Start a server of the caller's, with the caller's own authority."""
        request = self.read_model(ServerRequest)
        _require_person(self)
        launch = await self.services.launches.resolve_for(
            self.caller, request.environment, request.profile
        )
        options = {"environment": launch.environment, "profile": launch.profile}
        ready = await self.services.hub.start_server(
            self.hub_auth.get_token(self), self.caller.name, request.server_name, options
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
        _require_person(self)
        token = self.hub_auth.get_token(self)
        await self.services.hub.stop_server(token, self.caller.name, server_name_in(server_name))
        self.set_status(204)


def _require_person(handler: BaseHandler) -> None:
    if handler.caller.kind != "user":
        raise NotAllowed("Only users have servers; this token belongs to a service.")


def _address(handler: BaseHandler, server_name: str, *, ready: bool) -> str:
    """Where the server is, or the Hub's page that shows how it starts."""
    hub = handler.hub_auth.hub_prefix
    base = hub[: -len("hub/")] if hub.endswith("hub/") else "/"
    user = quote(handler.caller.name, safe="@")
    path = ["user", user] if ready else [hub.removeprefix(base), "spawn-pending", user]
    address: str = url_path_join(base, *path, quote(server_name, safe=""))
    return address.rstrip("/") + "/" * ready
