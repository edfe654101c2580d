"""A socket of this machine that leads to one of another, by the system's own ssh.

So keys, known hosts, agents, jump hosts and whatever else `~/.ssh/config` says are those of `ssh`
in a terminal, and the other machine needs nothing but its sshd and the engine's socket.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

_SOCKET = "/var/run/docker.sock"
_READY = "envbuilder-ready"


class TunnelFailed(aiohttp.ClientConnectionError):
    """ssh does not get there; the message is ssh's own."""


class SshTunnel:
    """Leads to the socket of `ssh://user@host:port/path/of/the.sock`; opened when it is needed.

    `keepalive` is the number of seconds between two questions whether the other machine is there,
    and how many may stay unanswered.
    """

    def __init__(
        self,
        address: str,
        *,
        config_file: str,
        connect_timeout: float,
        keepalive: tuple[int, int],
    ) -> None:
        parts = urlsplit(address)
        if not parts.hostname:
            raise ValueError("it names no host")
        if parts.password:
            raise ValueError("ssh takes no password from it")
        self._destination = [
            *(("-F", config_file) if config_file else ()),
            *(("-l", parts.username) if parts.username else ()),
            *(("-p", str(parts.port)) if parts.port else ()),
            *("--", parts.hostname),
        ]
        self._remote_socket = parts.path if parts.path not in ("", "/") else _SOCKET
        self._timeout = connect_timeout
        self._keepalive = keepalive
        self._folder = tempfile.TemporaryDirectory(prefix="envbuilder-ssh-")
        self.socket = str(Path(self._folder.name, "engine.sock"))
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Make sure that the socket leads there, also after it no longer did."""
        async with self._turn:
            if self._process is not None and self._process.returncode is None:
                return
            process = self._process = await self._start()
            assert process.stdout
            try:
                await asyncio.wait_for(_ready(process.stdout), self._timeout)
                self._listening = asyncio.create_task(_listen(process.stdout))
            except asyncio.TimeoutError:
                await self._end()
                raise TunnelFailed(f"no answer within {self._timeout:g} seconds") from None
            except BaseException:
                await asyncio.shield(self._end())
                raise

    async def close(self) -> None:
        """End ssh, and with it all that goes through the socket."""
        async with self._turn:
            await self._end()
        self._folder.cleanup()

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *_dying_with_us(["ssh", *self._options(), *self._destination]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal is for us alone
            )
        except FileNotFoundError:
            raise TunnelFailed("there is no ssh on this machine") from None

    def _options(self) -> list[str]:
        interval, count = self._keepalive
        settings = {
            "BatchMode": "yes",
            "ConnectTimeout": math.ceil(self._timeout),
            "ServerAliveInterval": interval,
            "ServerAliveCountMax": count,
            "ExitOnForwardFailure": "yes",
            "StreamLocalBindUnlink": "yes",  # what an ssh that was killed has left
            # A connection that is shared with other programs would end with them.
            "ControlPath": "none",
            "LogLevel": "ERROR",
            # Run as soon as the socket is there.
            "PermitLocalCommand": "yes",
            "LocalCommand": f"echo {_READY}",
        }
        options = [f"-o{name}={value}" for name, value in settings.items()]
        return [*options, "-N", "-T", "-L", f"{self.socket}:{self._remote_socket}"]

    async def _end(self) -> None:
        process, self._process = self._process, None
        listening, self._listening = self._listening, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
        if listening is not None:
            await listening


async def _ready(output: asyncio.StreamReader) -> None:
    """Return when the socket is there; raise TunnelFailed, with ssh's last words, if ssh ends."""
    said = "ssh ended without saying why"
    while line := (await output.readline()).decode(errors="replace"):
        if line.strip() == _READY:
            return
        said = line.strip().rstrip(".") or said
    raise TunnelFailed(said)


async def _listen(output: asyncio.StreamReader) -> None:
    """Take what ssh goes on to say, say of an engine that is down: a full pipe would stop it."""
    while await output.readline():
        pass


def _dying_with_us(command: Sequence[str]) -> list[str]:
    """Let the kernel end the command when this process is killed, where a program asks it to."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *command] if setpriv else list(command)


class SshConnector(aiohttp.UnixConnector):
    """Connects through a tunnel, and opens it before."""

    def __init__(self, tunnel: SshTunnel) -> None:
        super().__init__(tunnel.socket)
        self._tunnel = tunnel

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        """As in UnixConnector; raises TunnelFailed."""
        await self._tunnel.open()
        return await super().connect(*args, **kwargs)
