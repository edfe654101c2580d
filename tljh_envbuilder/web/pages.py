"""The pages that people open in a browser."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlencode

from jinja2 import Environment as Templates
from jinja2 import PackageLoader
from jupyterhub.utils import url_path_join
from tornado.web import RequestHandler

from tljh_envbuilder.errors import NotAuthenticated
from tljh_envbuilder.web.base import BaseHandler

#: The Hub's own stylesheet is the only thing that a page loads.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
MAX_SHOWN = 500


@lru_cache
def _templates() -> Templates:
    return Templates(loader=PackageLoader("tljh_envbuilder.web"), autoescape=True)


class IndexHandler(BaseHandler):
    """All environments that the person may launch, and how they are."""

    content_security_policy = PAGE_POLICY

    async def prepare(self) -> None:
        """Send who is not logged in to the Hub's login and back."""
        try:
            await super().prepare()
        except NotAuthenticated:
            self.redirect(self.get_login_url())

    async def get(self) -> None:
        """Show the environments."""
        items, total = await self.services.environments.list(
            self.caller, q="", limit=MAX_SHOWN, offset=0
        )
        hub = self.hub_auth.hub_prefix
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write(
            _templates()
            .get_template("index.html")
            .render(
                caller=self.caller,
                environments=items,
                total=total,
                hub=hub,
                spawn=lambda name: (
                    url_path_join(hub, "spawn") + "?" + urlencode({"environment": name})
                ),
            )
        )


class AddSlashHandler(BaseHandler):
    """The prefix without its slash, from which the pages' links would lead astray."""

    public = True

    async def get(self) -> None:
        """Lead to the prefix."""
        self.redirect(self.services.prefix)


def page_rules(prefix: str) -> list[tuple[str, type[RequestHandler]]]:
    """The pages as Tornado wants them."""
    return [
        (re.escape(prefix), IndexHandler),
        (re.escape(prefix.rstrip("/")), AddSlashHandler),
    ]
