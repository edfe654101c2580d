"""The connection to the engine: one client, and the one place where its errors become ours."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import IO, Any

import aiodocker
import aiohttp

from tljh_envbuilder.engine.compression import gzipped
from tljh_envbuilder.engine.transport import Address, Transport
from tljh_envbuilder.engine.tunnel import TunnelFailed
from tljh_envbuilder.errors import ConfigurationError, EngineUnavailable, EnvBuilderError

#: aiodocker's stand-in for a status where there was no answer to have one.
_NO_ANSWER = 900

_FAILURES = (
    aiodocker.DockerError,
    aiohttp.ClientError,
    asyncio.TimeoutError,  # not the built-in TimeoutError before Python 3.11
    json.JSONDecodeError,
    UnicodeDecodeError,
    OSError,
)


class EngineRefused(EnvBuilderError):
    """The engine answers, and says no; `status` is its HTTP status (0 inside a stream)."""

    http_status = 503

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"The container engine refused: {reason.strip().rstrip('.')}.")
        self.status = status
        self.reason = reason


class Connection:
    """Opens the client when it is first needed, and again after `close`."""

    def __init__(
        self,
        address: str | Address,
        *,
        connect_timeout: float,
        answer_timeout: float = 120,
        silence_timeout: float = 60,
    ) -> None:
        self._address = Address(address) if isinstance(address, str) else address
        self._transport: Transport | None = None
        self.connect_timeout = connect_timeout
        self.answer_timeout = answer_timeout
        self.silence_timeout = silence_timeout
        self._docker: aiodocker.Docker | None = None

    @property
    def address(self) -> str:
        """Where the engine is, without what is secret of it."""
        return self._address.shown

    @property
    def is_remote(self) -> bool:
        """Whether what is sent to the engine goes over a network."""
        return self._address.is_remote

    def open(self) -> None:
        """Make the client, which connects when it is asked; raises ConfigurationError."""
        self._docker = self._docker or self._open()

    async def close(self) -> None:
        """Close the client; streams are to be left before."""
        docker, self._docker = self._docker, None
        transport, self._transport = self._transport, None
        if docker is not None:
            await docker.close()
        if transport is not None:
            await transport.close()

    @contextmanager
    def client(self) -> Iterator[aiodocker.Docker]:
        """Give the client; what goes wrong in the block is EngineUnavailable or EngineRefused."""
        self.open()
        assert self._docker is not None
        try:
            yield self._docker
        except _FAILURES as error:
            raise self._translate(error) from error

    async def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The engine's whole answer, for what aiodocker has no method for."""
        with self.client() as docker:
            return await docker._query_json(path, method, headers=headers, timeout=self._patient())

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        params: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        body: IO[bytes] | None = None,
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """POST, and give the messages of the answer as they arrive.

        The body is compressed on its way to an engine elsewhere, which sees that for itself.
        Leaving the block closes the HTTP connection at once, which makes the engine stop.
        """
        with self.client() as docker:
            # aiodocker's private `_query` is used in this class alone. Public methods know neither
            # `version=2` nor messages longer than aiohttp's line limit, take a lost connection
            # for the end of the stream, and leave the connection open when the reader leaves.
            request = docker._query(
                path,
                "POST",
                params=dict(params),
                headers=headers,
                data=gzipped(body) if body is not None and self.is_remote else body,
                timeout=self._patient(),
            )
            async with request as response:
                try:
                    async with aclosing(json_lines(response.content.iter_any())) as messages:
                        yield messages
                finally:
                    response.close()

    def _patient(self) -> aiohttp.ClientTimeout:
        """For what takes as long as it takes."""
        return aiohttp.ClientTimeout(sock_connect=self.connect_timeout)

    def _open(self) -> aiodocker.Docker:
        timeout = aiohttp.ClientTimeout(self.answer_timeout, sock_connect=self.connect_timeout)
        try:
            transport = Transport(
                self._address,
                connect_timeout=self.connect_timeout,
                silence_timeout=self.silence_timeout,
            )
        except (ValueError, OSError) as error:
            raise ConfigurationError(
                f"The container engine's address {self.address} cannot be used: {error}."
            ) from error
        self._transport = transport
        return aiodocker.Docker(url=transport.url, connector=transport.connector, timeout=timeout)

    def _translate(self, error: Exception) -> EnvBuilderError:
        if isinstance(error, aiodocker.DockerError) and error.status != _NO_ANSWER:
            return EngineRefused(error.status, error.message)
        for cause in _causes(error):
            if isinstance(cause, TunnelFailed):
                return EngineUnavailable(
                    f"The container engine at {self.address} cannot be reached: {cause}."
                )
            if isinstance(cause, aiohttp.ConnectionTimeoutError):
                return EngineUnavailable(
                    f"The container engine at {self.address} cannot be reached: no answer within"
                    f" {self.connect_timeout:g} seconds."
                )
            if isinstance(cause, ssl.SSLError):
                return EngineUnavailable(
                    f"The container engine at {self.address} cannot be reached: TLS failed,"
                    f" {tls_reason(cause)}."
                )
        if "Permission denied" in str(error):
            return EngineUnavailable(
                f"The container engine at {self.address} may not be used by this service:"
                " its user must be allowed to write to that socket."
            )
        # An engine that refuses a certificate often just closes the connection.
        accepted = ", and does it accept this certificate" if self._address.cert_path else ""
        return EngineUnavailable(
            f"The container engine does not answer at {self.address}: is Docker running{accepted}?"
        )


def _causes(error: BaseException) -> list[BaseException]:
    """What the error came from, the first cause first; aiohttp wraps some in what looks alike."""
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    return causes[::-1]


def tls_reason(error: OSError) -> str:
    """OpenSSL's reason, in the form of a sentence's end."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return (reason or str(error)).replace("_", " ").lower()


async def json_lines(chunks: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any], None]:
    """Yield each line's message as soon as its end is here, however long the line is."""
    pending = bytearray()
    async for chunk in chunks:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            pending += end
            if pending.strip():
                yield json.loads(pending)
            pending.clear()
        pending += rest
    if pending.strip():
        yield json.loads(pending)
