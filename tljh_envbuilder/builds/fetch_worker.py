"""One fetch worker: a process with the least authority it can have, in a folder of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import Any, TypeVar

from tljh_envbuilder.errors import FetchFailed, FetchWorkerDied
from tljh_envbuilder.fetch.folders import ensure_work_dir, make_folder, size_of
from tljh_envbuilder.fetch.messages import (
    EVENT,
    ContextEvent,
    ErrorEvent,
    FetchRequest,
    LogEvent,
    RefsEvent,
    ResolvedEvent,
    Result,
)
from tljh_envbuilder.models.credentials import REVEALED

#: Where an SSH agent is found.
AGENT = "SSH_AUTH_SOCK"

# All that a worker may know of the service's environment: how to reach hosts and trust them.
_PASSED_ON = (
    "PATH",
    "PYTHONPATH",
    *("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("all_proxy", "http_proxy", "https_proxy", "no_proxy"),
)

# Longest line that a worker sends: a Dockerfile of 1 MiB with each character escaped.
_MAX_LINE = 2**24

R = TypeVar("R", ContextEvent, ResolvedEvent, RefsEvent)


@dataclass(frozen=True)
class WorkerUser:
    """Whom workers run as; ids of -1 stand for the service's own user."""

    uid: int = -1
    gid: int = -1
    knows_agent: bool = False

    def start_options(self) -> dict[str, Any]:
        """Arguments that start a process as this user, with this user's environment."""
        passed_on = (*_PASSED_ON, AGENT) if self.knows_agent else _PASSED_ON
        environment = {name: os.environ[name] for name in passed_on if name in os.environ}
        options: dict[str, Any] = {
            "env": {"PATH": os.defpath, **environment, "LANG": "C.UTF-8", "PYTHONSAFEPATH": "1"}
        }
        if self.uid != -1:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


class FetchWorker:
    """A worker process that answers one request."""

    def __init__(self, process: Process, folder: Path, log: Logger) -> None:
        self.process = process
        self.folder = folder
        self._log = log

    @classmethod
    async def start(
        cls, folder: Path, user: WorkerUser, log: Logger, task: str = ""
    ) -> FetchWorker:
        """Start a worker in a new, empty folder; it begins once it is told what to do."""
        await asyncio.to_thread(ensure_work_dir, folder.parent)
        await asyncio.to_thread(make_folder, folder, user.uid, user.gid)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tljh_envbuilder.fetch", *task.split()),
            cwd=folder,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            limit=_MAX_LINE,
            **user.start_options(),
        )
        return cls(process, folder, log)

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended; the event loop learns that a little later."""
        try:
            ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False  # and has been waited for
        return ended is None

    def move_to(self, folder: Path) -> None:
        """Give the worker's folder another name, before the worker is told what to do."""
        self.folder = self.folder.rename(folder)

    async def work(
        self,
        request: FetchRequest,
        on_log: Callable[[str], None],
        expected: type[R],
        *,
        timeout: float,
    ) -> R:
        """Let the worker do what is asked, to its end or to the first limit that it hits.

        Raises FetchFailed with the reason. The process is gone afterwards, its folder is not.
        """
        assert self.process.stderr
        errors = asyncio.create_task(_last_of(self.process.stderr))
        result = asyncio.create_task(self._converse(request, on_log, expected))
        outgrown = asyncio.create_task(self._outgrow(request.max_bytes))
        try:
            done, _ = await asyncio.wait(
                {result, outgrown}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self.kill()
            result.cancel()
            outgrown.cancel()
            await asyncio.gather(
                result, outgrown, errors, self.process.wait(), return_exceptions=True
            )
        if errors.result():
            self._log.warning("The fetch worker of %s said: %s", request.repo_url, errors.result())
        if result in done:
            return result.result()
        if outgrown in done:
            raise FetchFailed(
                f"The repository takes more than {request.max_bytes / 2**20:.0f} MiB, the limit "
                "that the operator set (Fetcher.max_repository_size): remove large files."
            )
        raise FetchFailed(
            f"Fetching the repository took longer than {timeout:g} s, the limit that the "
            "operator set (Fetcher.timeout): try again, or make the repository smaller."
        )

    def kill(self) -> None:
        """End the process and all that it has started."""
        # The group outlives its leader while git still runs.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def _converse(
        self, request: FetchRequest, on_log: Callable[[str], None], expected: type[R]
    ) -> R:
        assert self.process.stdin
        assert self.process.stdout
        # The input stays open: that it closes tells the worker that the service is gone.
        self.process.stdin.write(request.model_dump_json(context=REVEALED).encode() + b"\n")
        result: Result | ErrorEvent | None = None
        try:
            async for line in self.process.stdout:
                event = EVENT.validate_json(line)
                if isinstance(event, LogEvent):
                    on_log(event.text)
                else:
                    result = event
        except ValueError:
            raise FetchFailed(
                "The fetch worker sent what makes no sense: tell the operator."
            ) from None
        if isinstance(result, expected):
            return result
        if isinstance(result, ErrorEvent):
            raise FetchFailed(result.message)
        exit_code = await self.process.wait()
        died = FetchWorkerDied if exit_code < 0 else FetchFailed
        raise died(
            f"The fetch worker stopped unexpectedly (exit code {exit_code}): try again, "
            "and tell the operator if it happens again."
        )

    async def _outgrow(self, limit: int) -> None:
        """Return when the folder has become larger than so many bytes."""
        size = 0
        while size <= limit:
            await asyncio.sleep(1)
            size = await asyncio.to_thread(size_of, self.folder)


async def _last_of(stream: asyncio.StreamReader) -> str:
    """The end of what a stream gives, read to its end."""
    last = b""
    while chunk := await stream.read(65536):
        last = (last + chunk)[-4000:]
    return last.decode(errors="replace")
