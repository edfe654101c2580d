"""The Hub's REST API, with the authority of whoever asks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

from pydantic import Field, ValidationError
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from traitlets import Float
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import Conflict, HubUnavailable, NotAllowed, NotFound
from tljh_envbuilder.hub.progress import server_progress
from tljh_envbuilder.models.base import Frozen, UtcDatetime
from tljh_envbuilder.models.server import ServerProgress

#: Starts and stops that may wait for the Hub at once.
MAX_REQUESTS = 1000


class HubServer(Frozen):
    """A server that runs, starts or stops, as the Hub describes it."""

    name: str
    ready: bool = False
    pending: str | None = Field(None, description="`spawn`, `stop`, or that it is looked after.")
    started: UtcDatetime | None = None
    last_activity: UtcDatetime | None = None
    user_options: dict[str, Any] = Field(default_factory=dict)


class _HubUser(Frozen):
    servers: dict[str, HubServer] | None = None


#: How the Hub says it, after its own name for the server.
_RUNS = "is already running"


class HubClient(LoggingConfigurable):
    """Shows, starts and stops servers with the caller's own token: their right or nobody's."""

    timeout = Float(
        30.0, config=True, help="Longest time to wait for an answer of the Hub, in seconds."
    )

    def __init__(self, api_url: str, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._api_url = api_url.rstrip("/")
        # A client of its own: starts take seconds each, and must not hold up those who log in.
        self._client = SimpleAsyncHTTPClient(force_instance=True, max_clients=MAX_REQUESTS)

    async def start_server(
        self, token: str, user: str, server_name: str, options: dict[str, Any]
    ) -> bool:
        """Ask for a server; returns whether it is ready already. Raises Conflict if it runs."""
        try:
            response = await self._request("POST", token, _server_path(user, server_name), options)
        except Conflict as refusal:
            if not refusal.message.endswith(_RUNS):
                raise
            which = f"server '{server_name}'" if server_name else "default server"
            raise Conflict(
                f"Your {which} runs already: stop it first, or give the new one another name."
            ) from None
        return response.code == 201

    async def stop_server(self, token: str, user: str, server_name: str) -> None:
        """Ask for a server to be stopped; raises NotFound for a name that was never used."""
        await self._request("DELETE", token, _server_path(user, server_name))

    async def servers(self, token: str, user: str) -> list[HubServer]:
        """The user's servers, the default one first; raises NotAllowed if the token may not see."""
        response = await self._request("GET", token, f"users/{quote(user, safe='')}")
        try:
            servers = _HubUser.model_validate_json(response.body).servers
        except ValidationError:
            raise HubUnavailable("The Hub's answer makes no sense to this service.") from None
        if servers is None:
            raise NotAllowed("This token may not see its owner's servers (read:servers!user).")
        return [server for _, server in sorted(servers.items())]

    def progress(
        self, token: str, user: str, server_name: str
    ) -> AbstractAsyncContextManager[AsyncIterator[ServerProgress]]:
        """How the server starts; raises NotFound if it neither runs nor starts."""
        url = f"{self._api_url}/{_server_path(user, server_name)}/progress"
        return server_progress(url, token, connect_timeout=self.timeout)

    async def _request(
        self, method: str, token: str, path: str, body: dict[str, Any] | None = None
    ) -> HTTPResponse:
        request = HTTPRequest(
            f"{self._api_url}/{path}",
            method=method,
            headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
            body=None if body is None else json.dumps(body),
            request_timeout=self.timeout,
            allow_nonstandard_methods=True,
        )
        try:
            return await self._client.fetch(request)
        except HTTPClientError as error:
            raise _explained(error) from None
        except OSError as error:
            raise HubUnavailable(f"The Hub does not answer ({error}); try again shortly.") from None


def _server_path(user: str, server_name: str) -> str:
    where = f"servers/{quote(server_name, safe='')}" if server_name else "server"
    return f"users/{quote(user, safe='')}/{where}"


def _explained(error: HTTPClientError) -> Exception:
    said = ""
    if error.response is not None:
        try:
            said = str(json.loads(error.response.body)["message"])
        except (ValueError, KeyError, TypeError):
            said = ""
    if error.code in {401, 403}:
        return NotAllowed(f"The Hub does not allow this with the token used. {said}".rstrip())
    if error.code == 404:
        return NotFound(said or "The Hub knows no such server.")
    if error.code in {400, 409, 429, 500}:
        # With 500 the Hub says that a server did not start, and why.
        return Conflict(said or "The Hub cannot do this now; its log tells more.")
    return HubUnavailable(f"The Hub answered {error.code}. {said}".rstrip())
