"""The service as a process that a test starts, kills and starts again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import docker
import requests

from dev.process import DevError, free_port, last_lines, wait_until
from tests.live.service import Client, eventually

NAME = "envbuilder"
NO_TAG = "<none>:<none>"
RUNNING = ("fetching", "pulling", "building", "checking", "pushing")

CONFIG = """\
c.DockerEngine.docker_host = {docker_host!r}
c.ImageNames.prefix = {prefix!r}
c.Fetcher.work_dir = {work_dir!r}
c.Fetcher.ready_worker = False
c.DiskGuard.min_free_space = 0
c.Cleaner.max_build_cache = 0
"""


class ServiceProcess:
    """`tljh-envbuilder serve` as the Hub would run it, without the Hub's pace of restarting."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: dict[str, str],
        docker_host: str,
        tokens: dict[str, str],
    ) -> None:
        self.folder = folder
        self.state_dir = folder / "state"
        self.work_dir = Path(f"/var/tmp/envbuilder-faults-{uuid4().hex[:8]}")
        self.prefix = f"envbuilder-faults-{uuid4().hex[:8]}/"
        self.log_path = folder / "service.log"
        self._docker_host = docker_host
        self._tokens = tokens
        self._port = free_port()
        origin = f"http://127.0.0.1:{self._port}"
        self.url = f"{origin}/services/{NAME}/"
        self._environment = {**os.environ, **environment, "JUPYTERHUB_SERVICE_URL": origin}
        self._config = folder / "envbuilder_config.py"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def beside(cls, other: ServiceProcess) -> ServiceProcess:
        """Another process on the same folders, which listens elsewhere."""
        folder = other.folder / "second"
        folder.mkdir()
        made = cls(
            folder,
            environment=other._environment,
            docker_host=other._docker_host,
            tokens=other._tokens,
        )
        made.state_dir, made.work_dir, made.prefix = other.state_dir, other.work_dir, other.prefix
        return made

    def start(self, extra: str = "", *, wait: bool = True) -> None:
        """Start, also again, with more lines of configuration, and wait until it serves."""
        known = CONFIG.format(
            docker_host=self._docker_host, prefix=self.prefix, work_dir=str(self.work_dir)
        )
        self._config.write_text(known + extra)
        command = [sys.executable, "-m", "tljh_envbuilder", "serve"]
        command += [f"--config={self._config}", f"--EnvBuilder.state_dir={self.state_dir}"]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment,
                start_new_session=True,
            )
        if wait:
            wait_until(self._serves, timeout=240, what="the service did not answer")

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as the Hub does."""
        self._end(signal.SIGTERM)

    def wait(self, timeout: float = 180) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process is not None
        code = self._process.wait(timeout)
        self._process = None
        return code

    def close(self) -> None:
        """End it and remove what it left."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.work_dir, ignore_errors=True)

    def client(self, user: str) -> Client:
        """Somebody who talks to the service directly."""
        return Client(self.url, self._tokens[user], user)

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """The service's own log."""
        return self.log_path.read_text()

    def database(self) -> closing[sqlite3.Connection]:
        """The database, to look at or to lock, as another program can."""
        return closing(
            sqlite3.connect(self.state_dir / "envbuilder.sqlite", isolation_level=None, timeout=60)
        )

    def statuses(self) -> dict[int, str]:
        """What the database says of each build."""
        with self.database() as database:
            return dict(database.execute("SELECT id, status FROM builds"))

    def fetch_worker(self) -> int:
        """The process that fetches a repository now."""
        return int(eventually(lambda: _fetching_child(self.pid)))

    def leaves(self, engine: docker.DockerClient) -> Leavings:
        """What the service has left on the engine and on disk."""
        with self.database() as database:
            ((installation,),) = database.execute("SELECT id FROM installation")
        label = f"tljh-envbuilder.installation={installation}"
        images = engine.api.images(filters={"label": label})
        tags = [tag for image in engine.api.images() for tag in image["RepoTags"] or []]
        checks = f"tljh-envbuilder.check={installation}"
        return Leavings(
            tags=sorted(
                tag.removeprefix(self.prefix) for tag in tags if tag.startswith(self.prefix)
            ),
            nameless=[image["Id"] for image in images if image["RepoTags"] in (None, [NO_TAG])],
            containers=[
                c.name
                for c in engine.containers.list(
                    all=True, filters={"label": checks}, ignore_removed=True
                )
            ],
            contexts=sorted(path.name for path in self.work_dir.glob("build-*")),
            logs=sorted(int(path.stem) for path in (self.state_dir / "logs").glob("*.log")),
        )

    def _serves(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise DevError(f"The service ended:\n{last_lines(self.log_path)}")
        with suppress(requests.ConnectionError):
            return requests.get(f"{self.url}api/openapi.json", timeout=5).status_code < 500
        return False

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self.wait()


class Leavings:
    """What is on the engine and on disk because of one service."""

    def __init__(
        self,
        *,
        tags: list[str],
        nameless: list[str],
        containers: list[str],
        contexts: list[str],
        logs: list[int],
    ) -> None:
        self.tags = tags
        self.nameless = nameless
        self.containers = containers
        self.contexts = contexts
        self.logs = logs

    @property
    def orphans(self) -> list[str]:
        """What nobody would ever remove or use."""
        return [*self.nameless, *self.containers, *self.contexts]

    def tags_of(self, environment: str) -> list[str]:
        """The tags of the environment's images, without their common part."""
        found = (re.fullmatch(rf"{environment}:(.*)", tag) for tag in self.tags)
        return [match[1] for match in found if match]


def service_environment(hub_api_url: str, base_url: str, token: str) -> dict[str, str]:
    """What the Hub tells a service that it runs."""
    return {
        "JUPYTERHUB_SERVICE_NAME": NAME,
        "JUPYTERHUB_SERVICE_PREFIX": f"/services/{NAME}/",
        "JUPYTERHUB_API_TOKEN": token,
        "JUPYTERHUB_API_URL": hub_api_url,
        "JUPYTERHUB_BASE_URL": base_url,
        "JUPYTERHUB_CLIENT_ID": f"service-{NAME}",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([f"access:services!service={NAME}"]),
    }


def _fetching_child(parent: int) -> int | None:
    """A fetch worker that has been told what to do, and does not wait for that."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            folder = (stat.parent / "cwd").readlink().name
            if int(fields[1]) == parent and folder.startswith(("build-", "look-")):
                return int(stat.parent.name)
    return None
