"""What a registry may answer when an image is to be removed from it.

That one is really removed is seen in tests/live/test_registry.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dev.process import free_port
from dev.tls import make_certificate
from tljh_envbuilder.engine.registry import delete_image
from tljh_envbuilder.errors import RegistryRefused, RegistryUnavailable
from tljh_envbuilder.models.build import RegistryImage


def image_at(host: str) -> RegistryImage:
    return RegistryImage(name=f"{host}/a/b", tag="1", digest=f"sha256:{'0' * 64}")


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes = b"") -> Iterator[tuple]:
    """A server that has one answer to everything; the requests that it got."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            requests.append(self.command)
            is_token = self.command == "GET"
            self.send_response(200 if is_token else status)
            for name, value in headers.items():
                self.send_header(name, value.format(host=host))
            self.send_header("Content-Length", str(len(body) * is_token))
            self.end_headers()
            self.wfile.write(body if is_token else b"")

        do_DELETE = do_GET = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, host, requests
        server.shutdown()


@pytest.mark.parametrize("status", [200, 202, 404])
async def test_what_is_gone_is_gone(status: int) -> None:
    with answering(status, {}) as (_, host, requests):
        await delete_image(image_at(host), scheme="http", login=None)
    assert requests == ["DELETE"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, "which leads elsewhere"),
        (307, "which leads elsewhere"),
        (403, "does not remove images"),
        (405, "does not remove images"),
    ],
)
async def test_any_other_answer_is_no_removal(status: int, reason: str) -> None:
    with (
        answering(status, {"Location": "https://elsewhere.invalid/"}) as (_, host, requests),
        pytest.raises(RegistryRefused, match=reason),
    ):
        await delete_image(image_at(host), scheme="http", login=None)
    assert requests == ["DELETE"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_be_otherwise_later_is_tried_again(status: int) -> None:
    with answering(status, {}) as (_, host, _requests), pytest.raises(RegistryUnavailable):
        await delete_image(image_at(host), scheme="http", login=None)
    with pytest.raises(RegistryUnavailable):
        await delete_image(image_at(f"127.0.0.1:{free_port()}"), scheme="http", login=None)


async def test_a_login_that_is_a_token_of_docker_s_own_is_told() -> None:
    login = {"identitytoken": "secret", "serveraddress": "x"}
    challenge = {"WWW-Authenticate": 'Basic realm="registry"'}
    with (
        answering(401, challenge) as (_, host, _requests),
        pytest.raises(RegistryRefused, match="the login for it is an identity token"),
    ):
        await delete_image(image_at(host), scheme="http", login=login)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"{}"])
async def test_a_service_of_tokens_that_gives_none_is_a_refusal(body: bytes) -> None:
    challenge = {"WWW-Authenticate": 'Bearer realm="http://{host}/token",service="x"'}
    with (
        answering(401, challenge, body) as (_, host, requests),
        pytest.raises(RegistryRefused, match="does not remove images"),
    ):
        await delete_image(image_at(host), scheme="http", login=None)
    assert requests == ["DELETE", "GET", "DELETE"]


async def test_a_registry_that_is_not_trusted_is_not_waited_for(tmp_path: Path) -> None:
    context, _ = make_certificate(tmp_path)
    with answering(202, {}) as (server, host, requests):
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with pytest.raises(RegistryRefused, match="not trusted by this service: self-signed"):
            await delete_image(image_at(host), scheme="https", login=None)
    assert requests == []
    with answering(202, {}) as (_, host, _requests), pytest.raises(RegistryRefused):
        await delete_image(image_at(host), scheme="https", login=None)
