"""The service, as somebody with a Hub token reaches it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
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
#: Seconds for which a stream that broke is asked for again, and between two tries.
PATIENCE, RETRY_INTERVAL = 60, 0.5

_NOT_THE_SERVICE = "What answers at {} is not the service: check the address."
_ERRORS: dict[int, type[EnvBuilderError]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


class Service:
    """Its HTTP API, whose errors become ours."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/") + "/"
        self._token = token
        self._session = requests.Session()
        self._session.auth = self._authorize  # one of ~/.netrc would else come first

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON that is there."""
        return self._json(self._ask("GET", path, params=query))

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that it answers."""
        return self._json(self._ask("POST", path, json=body))

    def events(self, path: str, **query: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of a stream, for as long as the caller wants more.

        What ends or breaks is taken up again where it was, as when the service is started anew.
        Raises Unavailable once it has been away for PATIENCE seconds.
        """
        last = ""
        answer = self._stream(path, query, last)
        while True:
            with suppress(requests.RequestException):
                for event in _events(answer):
                    last = event.pop("id", last)
                    yield event.get("event", "message"), json.loads(event["data"])
            answer = self._stream_again(path, query, last)

    def _stream(self, path: str, query: dict[str, str], last: str) -> requests.Response:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
        return self._ask("GET", path, params=query, headers=headers, stream=True)

    def _stream_again(self, path: str, query: dict[str, str], last: str) -> requests.Response:
        deadline = time.monotonic() + PATIENCE
        while True:
            time.sleep(RETRY_INTERVAL)
            try:
                return self._stream(path, query, last)
            except Unavailable:
                if time.monotonic() > deadline:
                    raise

    def _json(self, answer: requests.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise Unavailable(_NOT_THE_SERVICE.format(self.url)) from None

    def _ask(self, method: str, path: str, **request: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, self.url + quote(path), timeout=TIMEOUT, allow_redirects=False, **request
            )
        except requests.exceptions.SSLError as error:
            raise Unavailable(
                f"There is no secure connection to {self.url}: check the address; if your own "
                "authority has signed its certificate, let $REQUESTS_CA_BUNDLE name that "
                "authority's file."
            ) from error
        except requests.RequestException as error:
            raise Unavailable(
                f"The service does not answer at {self.url}: check the address and your network."
            ) from error
        except OSError as error:  # what $REQUESTS_CA_BUNDLE names
            raise InvalidRequest(f"{error}.") from error
        if answer.status_code < 300:
            return answer
        raise _ERRORS.get(answer.status_code, EnvBuilderError)(_sentence(answer, self.url))


def _sentence(answer: requests.Response, url: str) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return _NOT_THE_SERVICE.format(url)


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
