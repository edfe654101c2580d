"""Everybody who may turn up at the service, in the columns of access_table.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests

from tests.live.access_table import SEES
from tests.live.browser import Browser
from tests.live.service import ADMIN, BUILDER, Deployment

ACCESS = "access:services!service=envbuilder"
OTHER_BUILDER = "other-builder"
#: The Hub's users, where they are called otherwise here.
USERS = {"owner": BUILDER, "builder": OTHER_BUILDER}
#: What the browsers say of a request that a script of another site makes, and of a link or form.
FOREIGN_SCRIPT = {
    "Origin": "https://elsewhere.example",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "cors",
}
FOREIGN_LINK = {**FOREIGN_SCRIPT, "Sec-Fetch-Mode": "navigate"}
FOREIGN_SOCKET = {**FOREIGN_SCRIPT, "Sec-Fetch-Mode": "websocket"}
OWN_SCRIPT = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}

#: Names of users, of groups and of services that are the same must not be taken for each other.
#: In `KINDS` of access_table.py, by whom an environment is to be seen:
VISIBILITIES: dict[str, dict[str, Any]] = {
    "everyone": {"everyone": True},
    "group": {"groups": ["class", "stranger"]},
    "user": {"users": ["named", "class", "grader", "publisher", "service"]},
    "nobody": {"users": []},
}
HUB_EXTRA = f"""
c.JupyterHub.load_groups.update(
    {{"class": ["member"], "named": ["member"], "curators": ["curator"]}}
)
for name, scopes in {{
    "grader": [{ACCESS!r}],
    "publisher": [{ACCESS!r}, "custom:envbuilder:build"],
}}.items():
    c.JupyterHub.services.append({{"name": name, "api_token": name + "-" * 32}})
    c.JupyterHub.load_roles.append({{"name": name, "scopes": scopes, "services": [name]}})
c.JupyterHub.load_roles.append(
    {{"name": "curator", "scopes": ["custom:envbuilder:admin"], "groups": ["curators"]}}
)
"""


@dataclass
class Caller:
    """Somebody who asks, and what they send with each request."""

    name: str
    column: str
    url: str
    sees: frozenset[str] = frozenset()
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        # What an answer sets must not change who asks next.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __str__(self) -> str:
        return self.name

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> requests.Response:
        """Ask once; what holds for each answer of the service to anybody is checked here."""
        answer = self._session.request(
            method,
            self.url.rstrip("/") if path == "." else self.url + path.removeprefix("./"),
            headers={**self.headers, **(headers or {})},
            params=self.query,
            allow_redirects=False,
            timeout=60,
            **kwargs,
        )
        assert answer.status_code < 500, f"{self}: {method} {path} answered {answer.status_code}"
        opened = [name for name in answer.headers if name.startswith("Access-Control-")]
        assert not opened, f"{method} {path} is open to scripts of other sites: {opened}"
        return answer


def callers(deployment: Deployment) -> list[Caller]:
    """All of them; which of them see what is in access_table.py, under the last word."""
    return [
        Caller(name, column, deployment.url, SEES.get(sees, frozenset()), **sent)
        for name, column, sees, sent in _all(deployment)
    ]


def _all(deployment: Deployment) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    expired = _new_token(deployment, BUILDER, expires_in=1)
    expires_at = time.monotonic() + 1
    yield "nobody", "nobody", "", {}
    yield "a made-up token", "nobody", "", _token("0" * 32)
    yield "a revoked token", "nobody", "", _token(_revoked_token(deployment))
    in_address = {"token": deployment.client(BUILDER).token}
    yield "a token in the address", "nobody", "", {"query": in_address}
    in_socket = {"query": in_address, "headers": FOREIGN_SOCKET}
    yield "a token in the address of a socket", "refused", "", in_socket
    without_access = _new_token(deployment, ADMIN, scopes=["read:users!user", "servers!user"])
    yield "a token without access", "refused", "", _token(without_access)
    yield from _browsers(deployment)
    yield "the Hub", "hub", "", _token(_own_token(deployment))
    for name in ["stranger", "member", "named"]:
        yield name, "user", name, _token(deployment.client(name).token)
    yield "builder", "builder", "builder", _token(deployment.client(OTHER_BUILDER).token)
    yield "owner", "owner", "owner", _token(deployment.client(BUILDER).token)
    narrow = {user: _new_token(deployment, user, scopes=[ACCESS]) for user in (BUILDER, ADMIN)}
    yield "owner with a narrow token", "owner-", "owner", _token(narrow[BUILDER])
    yield "admin", "admin", "admin", _token(deployment.client(ADMIN).token)
    yield "curator", "admin", "admin", _token(deployment.client("curator").token)
    yield "admin with a narrow token", "admin-", "admin-", _token(narrow[ADMIN])
    yield "service", "service", "service", _token(f"grader{'-' * 32}")
    yield "service that builds", "s-build", "service", _token(f"publisher{'-' * 32}")
    time.sleep(max(0, expires_at + 0.1 - time.monotonic()))
    yield "an expired token", "nobody", "", _token(expired)


def _browsers(deployment: Deployment) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """With the owner's login cookie, in better and worse hands."""
    owner, named, attacker = (Browser(deployment, name) for name in (BUILDER, "named", "stranger"))
    theirs = {"X-XSRFToken": attacker.xsrf}
    both = owner.cookies.replace(owner.xsrf, attacker.xsrf)
    assert both != owner.cookies

    def sent(cookies: str, *headers: dict[str, str]) -> dict[str, Any]:
        merged = {name: value for each in headers for name, value in each.items()}
        return {"headers": {"Cookie": cookies, **merged}}

    own = {"X-XSRFToken": owner.xsrf}
    yield "owner's browser", "owner", "owner", sent(owner.cookies, OWN_SCRIPT, own)
    yield "user's browser", "user", "named", sent(named.cookies, {"X-XSRFToken": named.xsrf})
    yield "cookie without XSRF token", "refused", "", sent(owner.cookies, OWN_SCRIPT)
    made_up = {"X-XSRFToken": "x" * len(owner.xsrf)}
    yield (
        "cookie with a made-up XSRF token",
        "refused",
        "",
        sent(owner.cookies, OWN_SCRIPT, made_up),
    )
    yield "cookie with a foreign XSRF token", "refused", "", sent(owner.cookies, OWN_SCRIPT, theirs)
    yield "cookie with a foreign pair", "refused", "", sent(both, OWN_SCRIPT, theirs)
    yield "script of another site", "refused", "", sent(owner.cookies, FOREIGN_SCRIPT)
    yield "socket of another site", "refused", "", sent(owner.cookies, FOREIGN_SOCKET)
    yield "link on another site", "link", "owner", sent(owner.cookies, FOREIGN_LINK)
    yield "browser that tells nothing", "link", "owner", sent(owner.cookies)


def _token(token: str | None) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def _new_token(deployment: Deployment, user: str, **wanted: Any) -> str:
    deployment.client(user)
    answer = deployment.hub.api("POST", f"users/{user}/tokens", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


def _revoked_token(deployment: Deployment) -> str:
    answer = deployment.hub.api("POST", f"users/{BUILDER}/tokens", json={})
    revoked = deployment.hub.api("DELETE", f"users/{BUILDER}/tokens/{answer.json()['id']}")
    assert revoked.status_code == 204, revoked.text
    return answer.json()["token"]


def _own_token(deployment: Deployment) -> str:
    """What the Hub has given the service to know it by."""
    environ = Path(f"/proc/{deployment.service_pid()}/environ").read_bytes().split(b"\0")
    [token] = [each for each in environ if each.startswith(b"JUPYTERHUB_API_TOKEN=")]
    return token.partition(b"=")[2].decode()
