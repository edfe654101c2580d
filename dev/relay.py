"""A relay in front of a server, which can hold or cut what goes through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

CHUNK = 64 * 1024


class Relay:
    """Passes bytes on between a port of its own and a server's address or socket.

    It sees requests as they come, and so can stop the world at a chosen one: `hold_at` before the
    request reaches the server, `hold_after` when the server has done it and nobody knows yet.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        #: Bytes that clients have sent and that were passed on.
        self.asked = 0
        #: Bytes that the server has sent and that were passed on.
        self.answered = 0
        #: Set while something is held.
        self.held = threading.Event()
        self._requests_pass = threading.Event()
        self._answers_pass = threading.Event()
        self._requests_pass.set()
        self._answers_pass.set()
        self._before = self._after = b""
        self._limit: int | None = None
        self._refusing = False
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
        self.cut()
        self._server.close()

    @property
    def connections(self) -> int:
        """Number of connections that are open."""
        return len(self._open) // 2

    def hold(self) -> None:
        """Pass no answer on from now on."""
        self._answers_pass.clear()

    def hold_at(self, request: bytes) -> None:
        """Hold the first request that contains this, and all that comes later."""
        self._before = request

    def hold_after(self, request: bytes) -> None:
        """Let that request through, and hold its answer and all later ones."""
        self._after = request

    def hold_behind(self, count: int) -> None:
        """Hold once the server has sent so many bytes more."""
        self._limit = count

    def release(self) -> None:
        """Pass everything on again."""
        self._before = self._after = b""
        self._limit = None
        self.held.clear()
        self._requests_pass.set()
        self._answers_pass.set()

    def cut(self) -> None:
        """Break all connections and take no more, as a server that is gone."""
        self._refusing = True
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Be a server that is back."""
        self.release()
        self._refusing = False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        if self._refusing:
            client.close()
            return
        try:
            server = self._dial()
        except OSError:
            client.close()
            return
        self._open |= {client, server}
        for pump in (self._pump_requests, self._pump_answers):
            threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _dial(self) -> socket.socket:
        if self._target.startswith("unix://"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target.removeprefix("unix://"))
            return server
        host, _, port = self._target.removeprefix("tcp://").rpartition(":")
        return socket.create_connection((host, int(port)))

    def _pump_requests(self, client: socket.socket, server: socket.socket) -> None:
        with self._closing(client, server):
            while chunk := client.recv(CHUNK):
                if self._before and self._before in chunk:
                    self._requests_pass.clear()
                    self.held.set()
                self._requests_pass.wait()
                is_awaited = self._after and self._after in chunk
                if is_awaited:
                    self._answers_pass.clear()
                server.sendall(chunk)
                self.asked += len(chunk)
                if is_awaited:
                    self.held.set()

    def _pump_answers(self, client: socket.socket, server: socket.socket) -> None:
        with self._closing(client, server):
            while chunk := server.recv(CHUNK):
                if self._limit is not None:
                    self._limit -= len(chunk)
                    if self._limit < 0:
                        self._answers_pass.clear()
                        self.held.set()
                self._answers_pass.wait()
                client.sendall(chunk)
                self.answered += len(chunk)

    @contextmanager
    def _closing(self, *ends: socket.socket) -> Iterator[None]:
        """Close both ends when one pump has come to its end."""
        with suppress(OSError):
            yield
        for end in ends:
            self._open.discard(end)
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
