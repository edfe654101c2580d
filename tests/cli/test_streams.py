"""Streams of the service that break are taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tljh_envbuilder.cli.service import Service


class Proxy(ThreadingHTTPServer):
    """What a proxy answers while the service behind it is started anew."""

    answers: list[tuple[int, bytes]]
    positions: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        status, body = self.server.answers.pop(0)
        self.server.positions.append(self.headers["Last-Event-ID"])
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(*answers: tuple[int, bytes]) -> Iterator[Proxy]:
    with Proxy(("127.0.0.1", 0), _Handler) as proxy:
        proxy.answers, proxy.positions = list(answers), []
        thread = Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_stream_goes_on_where_it_was_after_a_proxy_without_a_service(status: int) -> None:
    first = b'id: 7\nevent: log\ndata: {"text": "one"}\n\n'
    second = b'id: 9\nevent: log\ndata: {"text": "two"}\n\n'
    with serving((200, first), (status, b"<html>"), (200, second)) as proxy:
        events = Service(f"http://127.0.0.1:{proxy.server_port}", "token").events("api/events")
        assert [next(events)[1]["text"] for _ in range(2)] == ["one", "two"]
    assert proxy.positions == ["", "7", "7"]
