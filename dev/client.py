"""The service's HTTP contract, for the demo and for tests that go all the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from dev.process import DevError
from dev.server_sent_events import Event, read_events


class ServiceClient:
    """Speaks to the service as the owner of a Hub token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._headers = {"Authorization": f"token {token}"}

    def ask(self, method: str, path: str, *, json: Any = None) -> Any:
        """Give the JSON of the answer; raises DevError with the service's sentence."""
        answer = requests.request(
            method, f"{self.url}{path}", headers=self._headers, json=json, timeout=60
        )
        if answer.ok:
            return answer.json() if answer.content else None
        try:
            reason = answer.json()["message"]
        except (ValueError, KeyError):
            reason = answer.text[:500]
        raise DevError(f"{method} {path} answered {answer.status_code}: {reason}")

    def find_environment(self, name: str) -> dict[str, Any] | None:
        """The environment, if it is there."""
        found = self.ask("GET", f"api/environments?q={name}")["items"]
        return next((environment for environment in found if environment["name"] == name), None)

    def follow(self, build: int) -> Iterator[Event]:
        """Give the events of the build's log, up to its end."""
        with requests.get(
            f"{self.url}api/builds/{build}/log",
            headers={**self._headers, "Accept": "text/event-stream"},
            stream=True,
            timeout=600,
        ) as response:
            if not response.ok:
                raise DevError(f"The log of build {build} answered {response.status_code}")
            yield from read_events(response)
