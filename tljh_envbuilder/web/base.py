"""What all handlers share: who is asking, and how answers and errors look."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from jupyterhub.services.auth import HubOAuthenticated
from pydantic import BaseModel
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from tljh_envbuilder.errors import (
    EnvBuilderError,
    HubUnavailable,
    NotAllowed,
    NotAuthenticated,
)
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.web.errors import error_model
from tljh_envbuilder.web.operations import methods_of
from tljh_envbuilder.web.reading import read_json, read_query
from tljh_envbuilder.web.services import Services

Model = TypeVar("Model", bound=BaseModel)


class BaseHandler(HubOAuthenticated, RequestHandler):
    """A handler that knows its caller; denied by default."""

    public = False
    content_security_policy = "default-src 'none'; frame-ancestors 'none'"

    services: Services
    caller: Caller

    def initialize(self, services: Services) -> None:
        """Take what the application made; called by Tornado."""
        self.services = services

    def set_default_headers(self) -> None:
        """Close what a browser would leave open; called by Tornado."""
        self.set_header("Content-Security-Policy", self.content_security_policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Identify the caller before any method runs; called by Tornado."""
        if not self.public:
            self.caller = await self.identify()

    async def identify(self) -> Caller:
        """The caller, by a Hub token or by the Hub's login cookie with its XSRF token."""
        if self.request.headers.get("Sec-Fetch-Mode") == "websocket":
            # For these HubAuth wants no XSRF token, and takes a token in the address.
            raise NotAllowed("This service has no WebSockets.")
        try:
            model = await self._user_model()
        except HTTPError as error:
            raise HubUnavailable("The Hub does not answer; try again shortly.") from error
        if model is None:
            self._explain_missing_xsrf()
            raise NotAuthenticated("Log in to the Hub, or present a Hub token.")
        if not self.hub_auth.check_scopes(self.hub_scopes, model):
            raise NotAllowed("This account or token has no access to this service.")
        kind = model.get("kind", "user")
        return Caller(
            # No user's name has a slash, so that no user is taken for a service.
            name=model["name"] if kind == "user" else f"{kind}/{model['name']}",
            kind=kind,
            groups=frozenset(model.get("groups") or ()),
            scopes=frozenset(model["scopes"]),
        )

    async def _user_model(self) -> dict[str, Any] | None:
        """What the Hub says of the caller; it is asked anew before anything is changed."""
        known = await self.hub_auth.get_user(self, sync=False)
        if known is None or (self.request.method == "GET" and not hasattr(self, "caller")):
            return known  # type: ignore[no-any-return]
        token = self.hub_auth.get_token(self)
        is_read = self.request.method == "GET"
        return await self.hub_auth.user_for_token(  # type: ignore[no-any-return]
            token, session_id=self.hub_auth.get_session_id(self), use_cache=is_read, sync=False
        )

    def _explain_missing_xsrf(self) -> None:
        # The Hub's check makes a cookie without its XSRF token count as no cookie at all.
        if self.hub_auth._get_token_cookie(self) and "Authorization" not in self.request.headers:
            try:
                self.check_xsrf_cookie()
            except HTTPError as error:
                raise NotAllowed(f"{error.log_message}.") from None

    def is_the_hub(self) -> bool:
        """Whether the request carries this service's own token, which only the Hub knows."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        own = self.hub_auth.api_token
        return scheme.lower() in {"token", "bearer"} and hmac.compare_digest(
            token.strip().encode(), own.encode()
        )

    def read_model(self, model: type[Model]) -> Model:
        """The request's body as a model; raises InvalidRequest."""
        return read_json(self.request.body, model)

    def read_query(self, model: type[Model]) -> Model:
        """The request's query as a model; raises InvalidRequest."""
        return read_query(self.request.query_arguments, model)

    def write_model(self, model: BaseModel) -> None:
        """Answer with a model."""
        self.set_header("Content-Type", "application/json")
        self.write(model.model_dump_json())

    def url_for(self, *parts: str) -> str:
        """The path of something under this service's prefix."""
        return self.services.prefix + "/".join(quote(part, safe="") for part in parts)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the contract's error; called by Tornado."""
        error = error_model(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(error.status)
        if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(method.upper() for method in methods_of(type(self))))
        self.write_model(error)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Expected errors are answers, not news for the log; called by Tornado."""
        if not isinstance(value, (EnvBuilderError, StreamClosedError)):
            super().log_exception(typ, value, tb)
