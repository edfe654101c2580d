"""What a test says to a running service, as a program or a browser would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from dev import deployment
from dev.server_sent_events import Event, read_events

ADMIN, BUILDER, STUDENT = "admin", "builder", "student"
ENDED = {"built", "failed", "cancelled"}


def eventually(what: Callable[[], Any], *, timeout: float = 60) -> Any:
    """The first true answer of `what`; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (answer := what()):
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(0.05)
    return answer


@dataclass
class Client:
    """Somebody with a token."""

    url: str
    token: str | None
    name: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        if self.token is not None:
            headers["Authorization"] = f"token {self.token}"
        kwargs.setdefault("timeout", 60)
        return requests.request(method, self.url + path, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        return self.request("POST", path, json=json, **kwargs)

    def patch(self, path: str, json: Any = None) -> requests.Response:
        return self.request("PATCH", path, json=json)

    def delete(self, path: str) -> requests.Response:
        return self.request("DELETE", path)

    def add(self, repo_url: str, **fields: Any) -> dict[str, Any]:
        """Add an environment with a name of its own."""
        name = fields.pop("name", f"env-{uuid4().hex[:8]}")
        answer = self.post("api/environments", {"name": name, "repo_url": repo_url, **fields})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def environment(self, name: str) -> dict[str, Any]:
        answer = self.get(f"api/environments/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def build(self, number: int) -> dict[str, Any]:
        answer = self.get(f"api/builds/{number}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self, number: int, *, last: str | None = None) -> Iterator[Event]:
        """Follow a build's log to its end."""
        headers = {"Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = last
        with self.get(f"api/builds/{number}/log", headers=headers, stream=True) as answer:
            assert answer.status_code == 200, answer.text
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield from read_events(answer)

    def log(self, number: int) -> str:
        answer = self.get(f"api/builds/{number}/log")
        assert answer.status_code == 200, answer.text
        return answer.text

    def ended(self, number: int) -> dict[str, Any]:
        """The build once it has ended."""
        for _ in self.events(number):
            pass
        return self.build(number)

    def built(self, environment: dict[str, Any]) -> dict[str, Any]:
        """The environment once its last build has succeeded."""
        build = self.ended(environment["last_build"]["id"])
        assert build["status"] == "built", build["error"] + "\n" + self.log(build["id"])
        return self.environment(environment["name"])


class Deployment(deployment.Deployment):
    """A Hub with this service, and those who use it."""

    def __init__(self, folder: Path, hub_address: str, **settings: Any) -> None:
        builders = [BUILDER, "other-builder", "fuzzer"]
        super().__init__(folder, hub_address, admin=ADMIN, builders=builders, **settings)
        self._tokens: dict[str, str] = {}

    def client(self, user: str | None, *, scopes: list[str] | None = None) -> Client:
        """Somebody with a token of the user's, with all their scopes or with those given."""
        if user is None:
            return Client(self.url, None)
        if scopes is not None:
            return Client(self.url, self.hub.user_token(user, scopes=scopes), user)
        if user not in self._tokens:
            self._tokens[user] = self.hub.user_token(user, admin=user == ADMIN)
        return Client(self.url, self._tokens[user], user)

    def start_server(
        self, user: str, options: dict[str, Any], *, server_name: str = ""
    ) -> requests.Response:
        """Ask the Hub for a server with the user's own token, as its pages do."""
        path = f"users/{user}/servers/{server_name}" if server_name else f"users/{user}/server"
        return self.hub.api("POST", path, token=self.client(user).token, json=options)

    def stop_server(self, user: str, *, server_name: str = "") -> None:
        path = f"users/{user}/servers/{server_name}" if server_name else f"users/{user}/server"
        answer = self.hub.api("DELETE", path, token=self.client(user).token)
        assert answer.status_code in {202, 204}, answer.text
        eventually(lambda: server_name not in self.servers(user))

    def wait_for_server(self, user: str, *, server_name: str = "", timeout: float = 240) -> str:
        """The address of the user's server once it is ready."""
        eventually(lambda: self.servers(user).get(server_name, {}).get("ready"), timeout=timeout)
        return f"{self.hub.url}user/{user}/{server_name + '/' if server_name else ''}"
