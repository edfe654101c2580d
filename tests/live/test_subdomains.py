"""A Hub that gives each user and service a host of their own, and that requires PKCE."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from dev.git_server import GitRepository
from dev.process import free_port
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Deployment, eventually

HUB = "http://hub.localhost/"
CONFIG = f"""
c.JupyterHub.subdomain_host = {HUB.rstrip("/")!r}
c.JupyterHub.oauth_require_pkce = True
"""


@pytest.fixture(scope="module")
def subdomains(hub_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    port = free_port()
    resolve = socket.getaddrinfo

    def to_the_proxy(host: Any, service: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As a name server that knows these hosts, with the proxy at the usual port."""
        if str(host).endswith(".localhost"):
            host, service = "127.0.0.1", port
        return resolve(host, service, *args, **kwargs)

    folder = Path(tmp_path_factory.mktemp("subdomains"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", to_the_proxy)
        deployment = make_deployment(folder, hub_address, port=port, hub_extra=CONFIG)
        with deployment:
            yield deployment


def log_in(deployment: Deployment, user: str) -> requests.Session:
    session = requests.Session()
    page = session.get(f"{HUB}hub/login", timeout=30)
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
    form = {"username": user, "password": deployment.password, "_xsrf": xsrf}
    answer = session.post(f"{HUB}hub/login", data=form, timeout=30)
    assert answer.status_code == 200, answer.text
    return session


def visit(session: requests.Session) -> requests.Response:
    """The service's page, by the link on the Hub's own."""

    def page() -> requests.Response | None:
        home = session.get(f"{HUB}hub/home", timeout=30)
        link = re.search(r'href="([^"]*/services/envbuilder/)"', home.text)
        answer = session.get(urljoin(HUB, link[1]), timeout=30)
        return answer if answer.status_code == 200 else None

    return eventually(page)


def test_the_pages_have_the_hubs_look_from_the_hubs_host(subdomains: Deployment) -> None:
    session = log_in(subdomains, BUILDER)
    page = visit(session)
    assert not page.url.startswith(HUB)
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'self' {HUB.rstrip('/')};" in policy
    loaded = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page.text)
    assert any(address.startswith(HUB) for address in loaded)
    for address in loaded:
        answer = session.get(urljoin(page.url, address), timeout=30)
        assert answer.status_code == 200, address


def test_an_environment_is_added_and_launched_there(
    subdomains: Deployment, repository: GitRepository
) -> None:
    session = log_in(subdomains, BUILDER)
    page = visit(session)
    host = page.url.split("/")[2]
    [xsrf] = [c.value for c in session.cookies if c.name == "_xsrf" and c.domain == host]
    headers = {"X-XSRFToken": xsrf}

    def ask(method: str, path: str, **kwargs: Any) -> requests.Response:
        return session.request(method, page.url + path, headers=headers, timeout=60, **kwargs)

    added = ask("POST", "api/environments", json={"name": "there", "repo_url": repository.url})
    assert added.status_code == 202, added.text
    eventually(lambda: ask("GET", "api/environments/there").json()["status"] == "ready")
    started = ask("POST", "api/servers", json={"environment": "there"})
    assert started.status_code == 202, started.text
    assert started.json()["url"].startswith(HUB)
    eventually(lambda: subdomains.servers(BUILDER).get("", {}).get("ready"), timeout=240)
    [server] = ask("GET", "api/servers").json()["items"]
    lab = session.get(server["url"], timeout=30)
    assert lab.url.startswith(f"http://{BUILDER}.hub.localhost/user/{BUILDER}/")
    assert "JupyterLab" in lab.text
    assert ask("DELETE", "api/servers/").status_code == 204
    eventually(lambda: "" not in subdomains.servers(BUILDER))


def test_the_spawn_page_leads_to_the_services_host(subdomains: Deployment) -> None:
    session = log_in(subdomains, BUILDER)
    spawn = session.get(f"{HUB}hub/spawn", timeout=30)
    addresses = re.findall(r'(?:src|href)="([^"]*/services/envbuilder/[^"]*)"', spawn.text)
    assert addresses
    for address in addresses:
        assert session.get(urljoin(HUB, address), timeout=30).status_code == 200
