"""The pages that people open in a browser: one shell, which the frontend fills."""

from __future__ import annotations

import re
from functools import lru_cache

from jinja2 import Environment as Templates
from jinja2 import PackageLoader
from tornado.web import RequestHandler

from tljh_envbuilder.errors import NotAuthenticated
from tljh_envbuilder.models.caller import Scope
from tljh_envbuilder.web.assets import AssetHandler, built_assets
from tljh_envbuilder.web.base import BaseHandler

#: Below the service's prefix, each page that the frontend knows.
PAGES = r"|add|environments/[^/]+(?:/edit)?|builds/[^/]+|servers|launch"


@lru_cache
def _templates() -> Templates:
    return Templates(loader=PackageLoader("tljh_envbuilder.web"), autoescape=True)


class PageHandler(BaseHandler):
    """Any page."""

    async def prepare(self) -> None:
        """Send who is not logged in to the Hub's login and back."""
        try:
            await super().prepare()
        except NotAuthenticated:
            self.redirect(self.get_login_url())

    async def get(self) -> None:
        """Send the shell; what it shows comes from the API."""
        hub = self.hub_auth.hub_host + self.hub_auth.hub_prefix
        self.set_header("Content-Security-Policy", _policy(self.hub_auth.hub_host))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        # Makes sure that the cookie is there which the pages' requests present.
        _ = self.xsrf_token
        assets = built_assets()
        self.write(
            _templates()
            .get_template("page.html")
            .render(
                hub=hub,
                user=self.caller.name,
                is_hub_admin=Scope.HUB_ADMIN.value in self.caller.scopes,
                script=self.services.prefix + "assets/" + assets.script,
                stylesheet=self.services.prefix + "assets/" + assets.stylesheet,
                page={
                    "prefix": self.services.prefix,
                    "hub": hub,
                    "user": {
                        "name": self.caller.name,
                        "admin": self.caller.is_admin,
                        "mayBuild": self.caller.may_build,
                    },
                },
            )
        )


class AddSlashHandler(BaseHandler):
    """The prefix without its slash, from which the pages' links would lead astray."""

    public = True

    async def get(self) -> None:
        """Lead to the prefix."""
        self.redirect(self.services.prefix)


def _policy(hub_host: str) -> str:
    """What a page may load: its own files, and the Hub's look, which may be on another host."""
    own = f"'self' {hub_host}".rstrip()
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; img-src {own} data:; "
        f"font-src {own}; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )


def page_rules(prefix: str) -> list[tuple[str, type[RequestHandler]]]:
    """The pages and what they load, as Tornado wants them."""
    return [
        (re.escape(prefix) + f"(?:{PAGES})", PageHandler),
        (re.escape(prefix.rstrip("/")), AddSlashHandler),
        (re.escape(prefix) + r"assets/([^/]+)", AssetHandler),
    ]
