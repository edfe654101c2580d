"""The main job on other installations: another address, another name, another database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dev.git_server import GitRepository
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, STUDENT, Deployment
from tests.live.test_access import Browser

ELSEWHERE = pytest.param("elsewhere", marks=pytest.mark.long)


@pytest.fixture(scope="module", params=[ELSEWHERE, "postgresql"])
def installation(
    request: pytest.FixtureRequest,
    hub_address: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """A Hub below a path with a service of another name, or one with PostgreSQL."""
    settings: dict[str, str] = {"base_url": "/courses/2026/", "service_name": "my-environments"}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        settings = {"service_extra": f"c.Store.database_url = {url!r}"}
    folder = Path(tmp_path_factory.mktemp("installation"))
    with make_deployment(folder, hub_address, **settings) as deployment:
        yield deployment


def test_the_main_job_works_there_too(installation: Deployment, repository: GitRepository) -> None:
    builder = installation.client(BUILDER)
    answer = builder.post("api/environments", {"name": "there", "repo_url": repository.url})
    assert answer.status_code == 202, answer.text
    assert requests.compat.urljoin(installation.url, answer.headers["Location"]) == (
        f"{installation.url}api/environments/there"
    )
    builder.built(answer.json())
    server = installation.start_server(STUDENT, {"environment": "there", "profile": "Small"})
    assert server.status_code in {201, 202}, server.text
    url = installation.wait_for_server(STUDENT)
    token = installation.client(STUDENT).token
    status = requests.get(
        f"{url}api/status", headers={"Authorization": f"token {token}"}, timeout=30
    )
    assert status.status_code == 200
    installation.stop_server(STUDENT)
    assert builder.delete("api/environments/there").status_code == 204


def test_people_log_in_there_too(installation: Deployment) -> None:
    browser = Browser(installation, BUILDER)
    script = re.search(r'type="module" src="([^"]+)"', browser.page.text)[1]
    loaded = browser.session.get(requests.compat.urljoin(installation.url, script), timeout=30)
    assert loaded.headers["Content-Type"].startswith("text/javascript")
    answer = browser.post(
        "api/environments", json={"name": "../x"}, headers={"X-XSRFToken": browser.xsrf}
    )
    assert answer.status_code == 400
