"""The pages as browsers get them; what they show is tested in a real one, in ui-tests/."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests

from tests.live.service import ADMIN, BUILDER, STUDENT, Deployment
from tests.live.test_access import Browser

PAGES = ["", "add", "environments/x", "environments/x/edit", "builds/1", "servers", "launch"]


def addresses(page: requests.Response) -> list[str]:
    """What a page loads from the service itself."""
    found = re.findall(r'(?:src|href)="([^"]*/assets/[^"]+)"', page.text)
    return [urljoin(page.url, address) for address in found]


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_one_shell_without_a_script_in_it(deployment: Deployment, path: str) -> None:
    browser = Browser(deployment, STUDENT)
    page = browser.session.get(deployment.url + path, timeout=30)
    assert page.status_code == 200
    assert not re.findall(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.findall(r"\son\w+=", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("user", "admin", "may_build"),
    [(ADMIN, True, True), (BUILDER, False, True), (STUDENT, False, False)],
)
def test_a_page_knows_who_looks_at_it(
    deployment: Deployment, user: str, admin: bool, may_build: bool
) -> None:
    browser = Browser(deployment, user)
    data = json.loads(unescape(re.search(r'data-page="([^"]*)"', browser.page.text)[1]))
    assert data["user"] == {"name": user, "admin": admin, "mayBuild": may_build}
    assert urljoin(deployment.url, data["prefix"]) == deployment.url
    assert ("hub/admin" in browser.page.text) is admin


def test_nobody_who_is_not_logged_in_gets_a_page(deployment: Deployment) -> None:
    answer = requests.get(deployment.url + "servers", timeout=30, allow_redirects=False)
    assert answer.status_code == 302
    assert "/hub/api/oauth2/authorize" in answer.headers["Location"]


def test_what_pages_load_is_small_and_kept_for_long(deployment: Deployment) -> None:
    for address in addresses(Browser(deployment, STUDENT).page):
        plain = requests.get(address, headers={"Accept-Encoding": "identity"}, timeout=30)
        assert plain.status_code == 200
        assert "Content-Encoding" not in plain.headers
        for encoding in ["gzip", "br"]:
            headers = {"Accept-Encoding": encoding}
            small = requests.get(address, headers=headers, timeout=30, stream=True)
            assert small.headers["Content-Encoding"] == encoding
            assert len(small.raw.read(decode_content=False)) < len(plain.content)
            assert small.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert small.headers["Vary"] == "Accept-Encoding"
            headers["If-None-Match"] = small.headers["Etag"]
            assert requests.get(address, headers=headers, timeout=30).status_code == 304


def test_files_whose_name_stays_are_asked_for_again(deployment: Deployment) -> None:
    for name, kind in [("spawn-form.js", "text/javascript"), ("badge.svg", "image/svg+xml")]:
        answer = requests.get(f"{deployment.url}assets/{name}", timeout=30)
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.js", "manifest.json", "..%2fpages.py", "%2e%2e%2fpages.py", "badge.svg.gz"]
)
def test_nothing_else_is_sent(deployment: Deployment, name: str) -> None:
    assert requests.get(f"{deployment.url}assets/{name}", timeout=30).status_code == 404
