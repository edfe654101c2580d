"""What the service makes of the Hub's answers, also of those that it should not get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tljh_envbuilder.errors import HubUnavailable, NotAllowed, NotFound
from tljh_envbuilder.hub.client import HubClient
from tljh_envbuilder.models.server import ServerProgress

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


class SomeHub:
    """Answers each request with these bytes, and then waits, if it is to stay."""

    def __init__(self) -> None:
        self.answer = b""
        self.stays = False
        self.requests: list[bytes] = []
        self.left = asyncio.Event()
        self.url = ""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        if self.stays:
            await reader.read()  # until the other side closes
        self.left.set()
        writer.close()

    def says(self, body: str, status: str = "200 OK") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body.encode())}\r\n\r\n"
        self.answer = (head + body).encode()


@pytest.fixture
async def hub() -> AsyncIterator[SomeHub]:
    hub = SomeHub()
    async with await asyncio.start_server(hub.converse, "127.0.0.1", 0) as server:
        hub.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hub/api"
        yield hub


@pytest.fixture
def client(hub: SomeHub) -> HubClient:
    return HubClient(hub.url, timeout=2)


async def progress(client: HubClient, server_name: str = "") -> list[ServerProgress]:
    async with client.progress("hers", "ada", server_name) as events:
        return [event async for event in events]


async def test_servers_are_asked_for_with_the_callers_token(
    hub: SomeHub, client: HubClient
) -> None:
    hub.says(
        '{"name": "a/b", "servers": {"z": {"name": "z"}, "": {"name": "", "pending": "spawn"}}}'
    )
    servers = await client.servers("hers", "a/b")
    assert [(server.name, server.pending) for server in servers] == [("", "spawn"), ("z", None)]
    assert hub.requests[0].startswith(b"GET /hub/api/users/a%2Fb HTTP/1.1")
    assert b"Authorization: token hers" in hub.requests[0]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ('{"name": "ada"}', "200 OK", NotAllowed),
        ("[]", "200 OK", HubUnavailable),
        ('{"servers": {"": {"started": "noon"}}}', "200 OK", HubUnavailable),
        ("<html>", "200 OK", HubUnavailable),
        ("", "403 Forbidden", NotAllowed),
        ("", "404 Not Found", NotFound),
        ("", "503 Service Unavailable", HubUnavailable),
    ],
)
async def test_servers_that_cannot_be_had_are_a_clear_error(
    hub: SomeHub, client: HubClient, body: str, status: str, error: type[Exception]
) -> None:
    hub.says(body, status)
    with pytest.raises(error):
        await client.servers("hers", "ada")


async def test_progress_is_what_the_hub_says_in_our_form(hub: SomeHub, client: HubClient) -> None:
    hub.answer = STREAM + b"".join(
        [
            b"\n\n",
            b'data: {"progress": 0, "message": "Server requested"}\n\n',
            b'data: {"progress": 1e9, "message": null, "html_message": "<b>x</b>"}\n\n',
            b'data: {"progress": NaN, "failed": "no"}\n\n',
            b'data: {"progress": -Infinity}\n\n',
            b'data: {"progress": "x", "url": "/not/yet"}\n\n',
            b'data: {"progress": 100, "ready": true, "message": "Ready", "url": "/user/ada/"}\n\n',
            b'data: {"message": "never heard"}\n\n',
        ]
    )
    assert await progress(client, "a-b") == [
        ServerProgress(progress=0, message="Server requested"),
        ServerProgress(progress=100, message=""),
        *[ServerProgress(progress=0)] * 3,
        ServerProgress(progress=100, message="Ready", ready=True, url="/user/ada/"),
    ]
    assert hub.requests[0].startswith(b"GET /hub/api/users/ada/servers/a-b/progress HTTP/1.1")
    assert b"Authorization: token hers" in hub.requests[0]


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"data: no json\n\n",
        b"data: []\n\n",
        b'data: {"message": "cut',
        b"data: " + b"x" * 3 * 2**20 + b"\n\n",
        b"data: \xff\n\n",
    ],
    ids=["gone", "text", "list", "cut", "endless", "binary"],
)
async def test_a_hub_that_dies_or_raves_ends_the_events(
    hub: SomeHub, client: HubClient, rest: bytes
) -> None:
    hub.answer = STREAM + b'data: {"progress": 1, "message": "a"}\n\n' + rest
    assert await progress(client) == [ServerProgress(progress=1, message="a")]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("400 Bad Request", NotFound),
        ("403 Forbidden", NotFound),
        ("404 Not Found", NotFound),
        ("302 Found\r\nLocation: /elsewhere", HubUnavailable),
        ("500 Internal Server Error", HubUnavailable),
        ("503 Service Unavailable", HubUnavailable),
    ],
)
async def test_progress_that_there_is_not_is_an_error_before_the_first_event(
    hub: SomeHub, client: HubClient, status: str, error: type[Exception]
) -> None:
    hub.says("", status)
    with pytest.raises(error, match=r"\.$"):
        await progress(client)


async def test_a_reader_that_leaves_lets_go_of_the_hub(hub: SomeHub, client: HubClient) -> None:
    hub.answer, hub.stays = STREAM + b'data: {"progress": 1}\n\n', True
    async with client.progress("hers", "ada", "") as events:
        assert (await anext(events)).progress == 1
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.1)
        assert not hub.left.is_set()
        waiting.cancel()
        await asyncio.wait([waiting])
    await asyncio.wait_for(hub.left.wait(), 60)


async def test_a_hub_that_is_not_there_is_unavailable(
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    client = HubClient(f"http://127.0.0.1:{unused_tcp_port_factory()}/hub/api")
    with pytest.raises(HubUnavailable):
        await client.servers("hers", "ada")
    with pytest.raises(HubUnavailable):
        await progress(client)


async def test_a_hub_that_does_not_begin_to_answer_is_unavailable(
    hub: SomeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tljh_envbuilder.hub.progress.SILENCE", 0.3)
    hub.stays = True
    with pytest.raises(HubUnavailable):
        await progress(HubClient(hub.url, timeout=0.3))
