"""A service that answers the two questions of the spawner, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tljh_envbuilder.models.launch import Launch, LaunchChoice, LaunchOptions, Profile

TOKEN = "the-token-of-the-service"
COMMIT = "8f3c2d1e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d"

SMALL = Profile(label="Small", mem_limit=256 * 2**20, cpu_limit=0.5, default=True)
LARGE = Profile(label="Large", mem_limit=2 * 2**30, cpu_limit=2, description="For big data")


def choice(name: str = "course", **values: Any) -> LaunchChoice:
    """An environment to choose; what is not given is as usual."""
    usual = {
        "display_name": name.title(),
        "description": "",
        "repo_url": "https://git.example.org/course",
        "resolved_ref": COMMIT,
        "profiles": ["Small", "Large"],
    }
    return LaunchChoice.model_validate({"name": name, **usual, **values})


def launch(image: str = "course:8f3c2d1", **values: Any) -> Launch:
    """What a choice means; what is not given is as usual."""
    usual = {
        "installation": "this-one",
        "environment": "course",
        "profile": "Small",
        "build": 1,
        "image": image,
        "image_id": image,  # the engine takes a name for an id
        "mem_limit": SMALL.mem_limit,
        "cpu_limit": SMALL.cpu_limit,
        "home": "/home/jovyan",
        "uid": 0,
        "gid": 0,
        "resolved_ref": COMMIT,
        "default_url": "/lab/tree/course",
    }
    return Launch.model_validate({**usual, **values})


class LaunchService(ThreadingHTTPServer):
    """Answers what a test sets: `options`, `launch`, or `refusal` (a status and a message)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.options = LaunchOptions(environments=[choice()], profiles=[SMALL, LARGE])
        self.launch = launch()
        self.refusal: tuple[int, str] | None = None
        self.requests: list[tuple[str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str, token: str | None, body: bytes) -> tuple[int, str]:
        """Status and JSON."""
        self.requests.append((path, json.loads(body)))
        if token != f"token {TOKEN}":
            return _error(403, "Only the Hub may ask this.")
        if self.refusal is not None:
            return _error(*self.refusal)
        if path.endswith("/services/envbuilder/api/launch/options"):
            return 200, self.options.model_dump_json()
        if path.endswith("/services/envbuilder/api/launch/resolve"):
            return 200, self.launch.model_dump_json()
        return _error(404, "There is nothing here.")


class _Handler(BaseHTTPRequestHandler):
    server: LaunchService

    def do_GET(self) -> None:
        """The Hub looks whether its services are there."""
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.server.answer(self.path, self.headers["Authorization"], body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def _error(status: int, message: str) -> tuple[int, str]:
    return status, json.dumps({"status": status, "message": message, "errors": []})


@contextmanager
def run_launch_service() -> Iterator[LaunchService]:
    """A service on a port of its own, until the block ends."""
    with LaunchService() as service:
        thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()
