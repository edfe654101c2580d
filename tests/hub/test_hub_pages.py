"""The Hub's own pages and API, in a real Hub with its proxy and a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests

from dev.hub import HubProcess
from dev.process import wait_until
from tests.hub.containers import Servers
from tests.hub.launch_service import TOKEN, LaunchService, launch, run_launch_service
from tests.hub.test_options_form import Page

# The form is shown again with the message, and with this status.
BEFORE_JUPYTERHUB_5_3 = 200

CONFIG = """
from tljh_envbuilder import configure

c.JupyterHub.services = [{{"name": "envbuilder", "url": {url!r}, "api_token": {token!r}}}]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {token!r}
c.Authenticator.allow_all = True
configure(c)
"""


@pytest.fixture(scope="module")
def service() -> Iterator[LaunchService]:
    """The service that the Hub asks."""
    with run_launch_service() as running:
        yield running


@pytest.fixture(scope="module")
def hub(service: LaunchService, hub_address: str) -> Iterator[HubProcess]:
    """A Hub below a path of its own."""
    config = CONFIG.format(url=service.url, token=TOKEN)
    with HubProcess(config, hub_address=hub_address, base_url="/jupyter/") as running:
        yield running


@pytest.fixture
def servers(docker_host: str, base_image: str) -> Iterator[Servers]:
    """Removes what users' servers leave."""
    engine = docker.DockerClient(base_url=docker_host)
    made = Servers(engine, base_image)
    yield made
    made.close()
    engine.close()


class Browser(requests.Session):
    """Somebody who has logged in to the Hub."""

    def __init__(self, hub: HubProcess, name: str) -> None:
        super().__init__()
        self.hub, self.name = hub, name
        self.get(f"{hub.url}hub/login")
        self.submit("login", {"username": name, "password": TOKEN})

    def page(self, path: str) -> requests.Response:
        """A page of the Hub."""
        return self.get(f"{self.hub.url}hub/{path}", timeout=30)

    def submit(self, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form of the Hub."""
        xsrf = self.cookies.get("_xsrf", path="/jupyter/hub/")
        url = f"{self.hub.url}hub/{path}?_xsrf={xsrf}"
        return self.post(url, data=form, timeout=30)


@pytest.fixture
def browser(hub: HubProcess, servers: Servers) -> Iterator[Browser]:
    """A user's browser; the user's server is stopped in the end."""
    with Browser(hub, f"user-{uuid4().hex[:8]}") as session:
        yield session
        hub.api("DELETE", f"users/{session.name}")
        servers.forget(session.name)


def server_of(browser: Browser) -> dict[str, Any]:
    """The user's default server, as the Hub has it."""
    model = browser.hub.api("GET", f"users/{browser.name}").json()
    return dict(model["servers"].get("", {}))


def test_environments_are_in_the_navigation_and_not_twice(browser: Browser) -> None:
    page = Page(browser.page("home").text)
    links = [link for link in page.all("a") if "services/envbuilder" in (link["href"] or "")]
    assert links == [{"class": "nav-link", "href": "/jupyter/services/envbuilder/"}]
    assert "Environments" in page.text


def test_somebody_who_has_not_logged_in_sees_no_link(hub: HubProcess) -> None:
    answer = requests.get(f"{hub.url}hub/login", timeout=30)
    assert answer.ok
    assert "services/envbuilder" not in answer.text


def test_the_spawn_page_shows_the_form(browser: Browser) -> None:
    page = Page(browser.page("spawn").text)
    assert page.all("input", name="environment", value="course")
    assert page.all("select", name="profile:course")
    assert page.all("script", src="/jupyter/services/envbuilder/assets/spawn-form.js")


def test_the_form_is_in_the_language_of_the_browser(browser: Browser) -> None:
    browser.headers["Accept-Language"] = "fr-FR,fr;q=0.9"
    assert Page(browser.page("spawn").text).all("fieldset", lang="fr")


def test_a_form_with_an_image_is_refused_with_a_sentence(browser: Browser) -> None:
    answer = browser.submit("spawn", {"environment": "course", "image": "busybox"})
    assert answer.status_code in (400, BEFORE_JUPYTERHUB_5_3)
    page = Page(answer.text)
    assert "Error: 'image' cannot be chosen" in page.text
    assert page.all("input", name="environment")


def test_an_address_with_an_image_is_refused_with_a_sentence(browser: Browser) -> None:
    answer = browser.page("spawn?environment=course&image=busybox")
    assert answer.status_code in (400, BEFORE_JUPYTERHUB_5_3)
    assert "Error: 'image' cannot be chosen" in Page(answer.text).text


@pytest.mark.parametrize("options", [{"environment": "course", "image": "busybox"}, {"image": "x"}])
def test_the_api_refuses_an_image_with_a_sentence(
    browser: Browser, options: dict[str, str]
) -> None:
    answer = browser.hub.api("POST", f"users/{browser.name}/server", json=options)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("'image' cannot be chosen")


def test_the_api_without_options_says_what_is_missing(browser: Browser) -> None:
    answer = browser.hub.api("POST", f"users/{browser.name}/server")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Choose an environment to start the server from."


def test_the_words_of_the_service_reach_the_user(browser: Browser, service: LaunchService) -> None:
    service.refusal = (403, "The course does not offer the machine 'Huge'.")
    try:
        answer = browser.submit("spawn", {"environment": "course", "profile": "Huge"})
        assert answer.status_code in (403, BEFORE_JUPYTERHUB_5_3)
        assert "does not offer the machine 'Huge'" in Page(answer.text).text
    finally:
        service.refusal = None


def test_a_jupyterlab_is_there_after_the_form_is_sent(
    browser: Browser, service: LaunchService, singleuser_image: str
) -> None:
    service.launch = launch(singleuser_image)
    answer = browser.submit("spawn", {"environment": "course", "profile:course": "Small"})
    assert answer.ok, answer.text
    wait_until(lambda: bool(server_of(browser).get("ready")), timeout=240, what="no JupyterLab")
    answer = browser.get(f"{browser.hub.url}user/{browser.name}/", timeout=30)
    assert re.search(r"/lab/tree/course", answer.url), answer.url
    assert server_of(browser)["user_options"] == {"environment": "course", "profile": "Small"}
