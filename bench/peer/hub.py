"""A Hub with tljh-repo2docker, and what its pages ask of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from dev.hub import HubProcess
from dev.process import free_port

VERSION = "3.0.21"
NAME = "tljh_repo2docker"
ADMIN = "ada"

_HUB_CONFIG = """
import tljh_repo2docker

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{{admin!r}}}
c.JupyterHub.spawner_class = tljh_repo2docker.Repo2DockerSpawner
c.JupyterHub.services.append(
    {{
        "name": {name!r},
        "url": "http://127.0.0.1:{port}",
        "command": {command!r},
        "oauth_no_confirm": True,
    }}
)
c.JupyterHub.load_roles = [
    {{
        "name": "tljh-repo2docker-service",
        "scopes": ["read:users", "read:roles:users", "admin:servers"],
        "services": [{name!r}],
    }},
    {{"name": "user", "scopes": ["self", "access:services!service={name}"]}},
]
"""


def ensure_python() -> Path:
    """The Python that tljh-repo2docker is installed for, beside a JupyterHub that it knows."""
    venv = Path(os.environ["ENVBUILDER_DEV_DIR"], f"{NAME}-{VERSION}")
    python = venv / "bin/python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, venv], check=True)
        packages = [f"tljh-repo2docker=={VERSION}", "jupyterhub>=5,<6", "dockerspawner>=14,<15"]
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
    return python


def command(python: Path, port: int) -> list[str]:
    """How the Hub starts the service."""
    return [str(python), "-m", NAME, "--ip=127.0.0.1", f"--port={port}"]


class PeerHub:
    """A context manager; `service()` is an administrator's view of it."""

    def __init__(self, folder: Path, hub_address: str) -> None:
        folder.mkdir()
        python, port = ensure_python(), free_port()
        config = _HUB_CONFIG.format(
            admin=ADMIN, name=NAME, port=port, command=command(python, port)
        )
        program = python.with_name("jupyterhub")
        self.hub = HubProcess(config, hub_address=hub_address, folder=folder, program=program)

    def __enter__(self) -> Peer:
        self.hub.start()
        self.hub.wait_for_service(NAME, "logo")
        return Peer(f"{self.hub.url}services/{NAME}/", self.hub.user_token(ADMIN, admin=True))

    def __exit__(self, *_: object) -> None:
        self.hub.close()


class Peer:
    """An administrator, by token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}api/environments"
        self._headers = {"Authorization": f"token {token}"}

    def add(self, repo_url: str, name: str) -> str:
        """Add an environment; the id of its log."""
        wanted = {"repo": repo_url, "ref": "HEAD", "name": name, "memory": "", "cpu": ""}
        # The answer comes at once, and the request goes on until the image is there.
        with requests.post(
            self._url, json=wanted, headers=self._headers, timeout=60, stream=True
        ) as answer:
            answer.raise_for_status()
            uid: str = json.loads(next(answer.iter_lines()))["uid"]
        return uid

    def wait_for_image(self, name: str, timeout: float = 300) -> str:
        """The environment's image once it is built."""
        deadline = time.monotonic() + timeout
        while (found := self._environment(name)).get("status") != "built":
            assert found.get("status") != "failed", f"{name} failed"
            assert time.monotonic() < deadline, f"{name} was not built"
            time.sleep(0.05)
        image: str = found["image_name"]
        return image

    def _environment(self, name: str) -> dict[str, Any]:
        answer = requests.get(self._url, headers=self._headers, timeout=60)
        answer.raise_for_status()
        images: list[dict[str, Any]] = answer.json()["images"]
        return next((image for image in images if image["display_name"] == name), {})

    def log(self, uid: str) -> Iterator[str]:
        """What the log says, as it comes."""
        url = f"{self._url}/{uid}/logs"
        length = 0
        with requests.get(url, headers=self._headers, timeout=300, stream=True) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines(chunk_size=1):
                if line.startswith(b"data: "):
                    event = json.loads(line[6:])
                    # The last event has all of the log once more.
                    text = event["message"]
                    yield text if event["phase"] == "log" else text[length:]
                    length += len(text)

    def delete(self, image: str) -> None:
        """Remove the environment and its image."""
        requests.delete(
            self._url, json={"name": image}, headers=self._headers, timeout=60
        ).raise_for_status()
