"""The service, as somebody with a Hub token reaches it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from tljh_envbuilder.errors import (
    Conflict,
    EnvBuilderError,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Unavailable,
)

#: Seconds to wait for an answer; streams go on for as long as they do.
TIMEOUT = 60

_ERRORS: dict[int, type[EnvBuilderError]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    502: Unavailable,
    503: Unavailable,
}


class Service:
    """Its HTTP API, whose errors become ours."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/") + "/"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"token {token}"

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON that is there."""
        return self._ask("GET", path, params=query).json()

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that it answers."""
        return self._ask("POST", path, json=body).json()

    def events(self, path: str, **query: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of a stream to its end, across connections that break."""
        last = ""
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
            answer = self._ask("GET", path, params=query, headers=headers, stream=True)
            try:
                for event in _events(answer):
                    last = event.pop("id", last)
                    yield event.get("event", "message"), json.loads(event["data"])
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                continue
            return

    def _ask(self, method: str, path: str, **request: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, self.url + quote(path), timeout=TIMEOUT, allow_redirects=False, **request
            )
        except requests.RequestException as error:
            raise Unavailable(f"The service does not answer at {self.url}.") from error
        if answer.status_code < 300:
            return answer
        raise _ERRORS.get(answer.status_code, EnvBuilderError)(_sentence(answer, self.url))


def _sentence(answer: requests.Response, url: str) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"What answers at {url} is not the service: check the address."


def _events(answer: requests.Response) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    # One byte at a time from the buffer below: larger reads would wait to be filled.
    for line in answer.iter_lines(chunk_size=1):
        name, _, value = line.decode().partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
        elif not line:
            if "data" in fields:
                yield fields
            fields = {}
