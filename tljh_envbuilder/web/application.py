"""The Tornado application."""

from __future__ import annotations

import logging
import re

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import Application, RequestHandler

from tljh_envbuilder.errors import NotFound
from tljh_envbuilder.web.assets import built_assets
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.openapi import openapi
from tljh_envbuilder.web.pages import page_rules
from tljh_envbuilder.web.routes import ROUTES, tornado_rules
from tljh_envbuilder.web.services import Services

log = logging.getLogger("tljh_envbuilder.access")


class NothingHereHandler(BaseHandler):
    """Any other path."""

    public = True

    async def prepare(self) -> None:
        """Answer every method alike."""
        raise NotFound("There is nothing at this address.")


def make_application(services: Services, cookie_secret: bytes) -> Application:
    """All routes under the service's prefix; raises ConfigurationError where there are no pages."""
    built_assets()
    ours = [*tornado_rules(services.prefix), *page_rules(services.prefix)]
    return Application(
        [
            *[(pattern, handler, {"services": services}) for pattern, handler in ours],
            (re.escape(services.prefix) + "oauth_callback", HubOAuthCallbackHandler),
        ],
        default_handler_class=NothingHereHandler,
        default_handler_args={"services": services},
        cookie_secret=cookie_secret,
        contract=openapi(ROUTES, services.prefix),
        log_function=_log_request,
        # Cookies are HubOAuth's, and so is their XSRF check: `BaseHandler` applies it.
        xsrf_cookies=False,
    )


def _log_request(handler: RequestHandler) -> None:
    """Log a request without its query, which may hold a token."""
    status = handler.get_status()
    level = logging.INFO if status < 400 else logging.WARNING if status < 500 else logging.ERROR
    request = handler.request
    milliseconds = 1000 * request.request_time()
    log.log(level, "%s %s %s %.1f ms", status, request.method, request.path, milliseconds)
