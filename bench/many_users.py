"""Many users at once: 300 open the spawn page, and 50 start servers within a minute.

The page's time is measured with 1, 100 and 1,000 environments that everybody may launch, by turns
in one run. All but the first environment are copies of its rows in the database: they were never
built, and point at the same image. The servers are as light as a server can be, so that what is
measured is the Hub, the spawner and the service, and not Jupyter.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from bench.copies import copy_environments
from bench.measurements import Measurements
from dev.git_server import GitServer
from tests.hub.containers import LIGHT_SERVER
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Deployment, eventually

VISITORS = 300
STARTERS = 50
ENVIRONMENTS = (1, 100, 1000)
CONCURRENCY = 20  # people at the same moment
ROUNDS = 15  # visits with each number of environments, by turns

SPAWN_PAGE = "spawn page"
CROWD = "many users"

HUB_EXTRA = f"""
c.EnvBuilderSpawner.cmd = ["python3", "-c", {LIGHT_SERVER!r}]
c.JupyterHub.active_server_limit = 0
"""


def log_in(deployment: Deployment, user: str) -> requests.Session:
    """A browser of somebody who has just logged in."""
    session = requests.Session()
    page = session.get(f"{deployment.hub.url}hub/login", timeout=60)
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert xsrf
    form = {"username": user, "password": deployment.password, "_xsrf": xsrf[1]}
    url = f"{deployment.hub.url}hub/login?next=%2Fhub%2Fhome"
    assert session.post(url, data=form, timeout=60).ok
    return session


def visit(deployment: Deployment, session: requests.Session) -> float:
    """Open the spawn page; the time it took, in seconds."""
    began = time.perf_counter()
    page = session.get(f"{deployment.hub.url}hub/spawn", timeout=60)
    assert page.status_code == 200
    assert 'name="environment"' in page.text
    return time.perf_counter() - began


def start(deployment: Deployment, session: requests.Session, user: str, name: str) -> float:
    """Submit the spawn page; seconds until the Hub says that the server is ready."""
    session.get(f"{deployment.hub.url}hub/spawn", timeout=60)
    [xsrf] = [cookie.value for cookie in session.cookies if cookie.name == "_xsrf"]
    began = time.perf_counter()
    form = {"environment": name, "_xsrf": xsrf}
    answer = session.post(f"{deployment.hub.url}hub/spawn", data=form, timeout=120)
    assert answer.status_code == 200, answer.text
    ready = eventually(lambda: deployment.servers(user).get("", {}).get("ready"), timeout=120)
    assert ready
    return time.perf_counter() - began


@pytest.mark.timeout(1200)
def test_many_users(
    hub_address: str,
    git_server: GitServer,
    singleuser_image: str,
    tmp_path: Path,
    measurements: Measurements,
) -> None:
    """Measure the spawn page, and starts."""
    repository = git_server.create("many-users", {"Dockerfile": f"FROM {singleuser_image}\n"})
    settings = {"hub_extra": HUB_EXTRA}
    with make_deployment(tmp_path / "many", hub_address, **settings) as deployment:
        builder = deployment.client(BUILDER)
        name = builder.built(builder.add(repository.url))["name"]
        with ThreadPoolExecutor(CONCURRENCY) as people:
            users = [f"user-{number:03}" for number in range(VISITORS)]
            sessions = list(people.map(lambda user: log_in(deployment, user), users))

            alone: dict[int, list[float]] = {count: [] for count in ENVIRONMENTS}
            for _ in range(ROUNDS):
                for count in ENVIRONMENTS:
                    copy_environments(deployment.state_dir, name, count)
                    visit(deployment, sessions[0])
                    alone[count].append(visit(deployment, sessions[0]))
            for count, times in alone.items():
                measurements.add(SPAWN_PAGE, f"{count} environments", "tljh-envbuilder", times)

            began = time.perf_counter()
            together = list(people.map(lambda session: visit(deployment, session), sessions))
            all_together = [time.perf_counter() - began]
            case = f"{VISITORS} people, {CONCURRENCY} at a time"
            measurements.add(CROWD, f"{case}: each", "tljh-envbuilder", together)
            measurements.add(CROWD, f"{case}: all", "tljh-envbuilder", all_together)
        copy_environments(deployment.state_dir, name, 1)
        with ThreadPoolExecutor(STARTERS) as people:
            began = time.perf_counter()
            starting = [
                people.submit(start, deployment, sessions[number], users[number], name)
                for number in range(STARTERS)
            ]
            seconds = [each.result() for each in starting]
        all_started = [time.perf_counter() - began]
        case = f"{STARTERS} people start a server at once"
        measurements.add(CROWD, f"{case}: each", "tljh-envbuilder", seconds)
        measurements.add(CROWD, f"{case}: all", "tljh-envbuilder", all_started)
