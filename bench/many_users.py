"""Many users at once: 300 open the spawn page, and 50 start servers within a minute.

The page's time is measured with 1, 100 and 1,000 environments that everybody may launch, by turns
in one run. All but the first environment are copies of its rows in the database: they were never
built, and point at the same image. The servers are as light as a server can be, so that what is
measured is the Hub, the spawner and the service, and not Jupyter.
"""

from __future__ import annotations

import re
import sqlite3
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests

from dev.git_server import GitServer
from tests.hub.containers import LIGHT_SERVER
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Deployment, eventually

VISITORS = 300
STARTERS = 50
ENVIRONMENTS = (1, 100, 1000)
CONCURRENCY = 20  # people at the same moment
ROUNDS = 15  # visits with each number of environments, by turns

HUB_EXTRA = f"""
c.EnvBuilderSpawner.cmd = ["python3", "-c", {LIGHT_SERVER!r}]
c.JupyterHub.active_server_limit = 0
"""


def copy_environments(state_dir: Path, name: str, count: int) -> None:
    """Let there be `count` environments, of which all but one are copies."""
    with closing(sqlite3.connect(state_dir / "envbuilder.sqlite")) as database, database:
        columns = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for table in ("environments", "builds")
        }
        for table, key in (("environments", "name"), ("builds", "environment")):
            kept = [column for column in columns[table] if column not in {key, "id"}]
            wanted = ", ".join(kept)
            database.execute(f"DELETE FROM {table} WHERE {key} LIKE 'copy-%'")
            database.executemany(
                f"INSERT INTO {table} ({key}, {wanted}) SELECT ?, {wanted} FROM {table}"
                f" WHERE {key} = ? ORDER BY 1 LIMIT 1",
                [(f"copy-{number:04}", name) for number in range(count - 1)],
            )


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
    hub_address: str, git_server: GitServer, singleuser_image: str, tmp_path: Path
) -> None:
    """Print the times."""
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
            print()
            base = statistics.median(alone[ENVIRONMENTS[0]])
            for count, times in alone.items():
                middle = statistics.median(times)
                print(
                    f"spawn page, {count:5} environments: {1000 * middle:6.1f} ms,"
                    f" {middle / base:.2f} of that with {ENVIRONMENTS[0]}"
                )

            began = time.perf_counter()
            together = list(people.map(lambda session: visit(deployment, session), sessions))
            print(
                f"{VISITORS} people open it, {CONCURRENCY} at a time:"
                f" {time.perf_counter() - began:.1f} s in all,"
                f" median {1000 * statistics.median(together):.0f} ms,"
                f" slowest {1000 * max(together):.0f} ms"
            )
        copy_environments(deployment.state_dir, name, 1)
        with ThreadPoolExecutor(STARTERS) as people:
            began = time.perf_counter()
            starting = [
                people.submit(start, deployment, sessions[number], users[number], name)
                for number in range(STARTERS)
            ]
            seconds = [each.result() for each in starting]
        print(
            f"{STARTERS} people start a server at once: all ready after"
            f" {time.perf_counter() - began:.1f} s, median {statistics.median(seconds):.1f} s"
        )
