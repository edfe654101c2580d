"""Somebody who sits before a browser."""

from __future__ import annotations

import re

import requests
from requests.cookies import get_cookie_header

from tests.live.service import Deployment


class Browser:
    """Somebody who has logged in to the Hub with a password, as browsers do."""

    def __init__(self, deployment: Deployment, user: str) -> None:
        self.session = requests.Session()
        self._deployment = deployment
        login = deployment.hub.url + "hub/login"
        page = self.session.get(login, timeout=30)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
        form = {"username": user, "password": deployment.password, "_xsrf": xsrf}
        answer = self.session.post(login, data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        # The first visit goes through the Hub's OAuth and back.
        self.page = self.session.get(deployment.url, timeout=30)
        assert self.page.url == deployment.url, self.page.url

    @property
    def xsrf(self) -> str:
        """What the pages' scripts present, from the cookie that they alone can read."""
        prefix = f"/services/{self._deployment.service_name}/"
        [cookie] = [c for c in self.session.cookies if c.name == "_xsrf" and prefix in c.path]
        return cookie.value

    @property
    def cookies(self) -> str:
        """The header with all cookies that go to the service."""
        request = requests.Request("GET", self._deployment.url).prepare()
        return get_cookie_header(self.session.cookies, request)

    def post(self, path: str, **kwargs: object) -> requests.Response:
        return self.session.post(self._deployment.url + path, timeout=30, **kwargs)
