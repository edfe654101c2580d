"""Runs fetch workers: one process for each build, with the least authority that it can have."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from traitlets import Bool, Float, Integer, Unicode, default
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.known_hosts import known_hosts
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.errors import ConfigurationError, FetchFailed, FetchWorkerDied
from tljh_envbuilder.fetch.folders import ensure_work_dir, make_folder, size_of, take_over
from tljh_envbuilder.fetch.messages import (
    EVENT,
    LIST,
    RESOLVE,
    ContextEvent,
    ErrorEvent,
    FetchRequest,
    LogEvent,
    RefsEvent,
    ResolvedEvent,
    Result,
)
from tljh_envbuilder.models.credentials import REVEALED, Credentials
from tljh_envbuilder.models.environment import Builder
from tljh_envbuilder.models.refs import RefList

# All that a worker may know of the service's environment: how to reach hosts and trust them.
_PASSED_ON = (
    "PATH",
    "PYTHONPATH",
    *("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("all_proxy", "http_proxy", "https_proxy", "no_proxy"),
)

R = TypeVar("R", ContextEvent, ResolvedEvent, RefsEvent)

AGENT = "SSH_AUTH_SOCK"

# Longest line that a worker sends: a Dockerfile of 1 MiB with each character escaped.
_MAX_LINE = 2**24


@dataclass(frozen=True)
class FetchedContext:
    """A build context on disk, to which its Dockerfile has yet to be added."""

    commit: str
    buildpack: str
    dockerfile_name: str
    dockerfile: str
    build_args: Mapping[str, str]
    labels: Mapping[str, str]
    context: Path
    size: int

    def discard(self) -> None:
        """Remove the context from the disk."""
        shutil.rmtree(self.context.parent, ignore_errors=True)


class Fetcher(LoggingConfigurable):
    """Makes build contexts of repositories."""

    worker_user = Unicode(
        "nobody",
        config=True,
        help="User that fetches repositories when the service runs as root; must not be root.",
    )
    timeout = Float(
        600.0,
        min=1,
        config=True,
        help="Longest time that fetching a repository may take, in seconds.",
    )
    max_repository_size = Integer(
        4 * 2**30,
        min=2**20,
        config=True,
        help="Bytes that a repository may take on disk while it is fetched: history and files, "
        "or files and build context.",
    )
    work_dir = Unicode(
        config=True,
        help="Folder for repositories while they are fetched. It belongs to the service's user "
        "and must be one that `worker_user` can enter. Default: a folder below /var/tmp.",
    )

    known_hosts = Unicode(
        config=True,
        help="File with the keys of SSH hosts that repositories may be on, as ssh-keyscan prints "
        "them. Empty: /etc/ssh/ssh_known_hosts and the service user's ~/.ssh/known_hosts.",
    )
    ssh_agent = Bool(
        False,
        config=True,
        help="Let all who may build use the keys of the SSH agent at $SSH_AUTH_SOCK, for ssh "
        "addresses without credentials. The agent must run as `worker_user`.",
    )

    @default("work_dir")
    def _default_work_dir(self) -> str:
        # Not in the state folder, which nobody else may enter; one for each service on a machine.
        whose = sha256(os.fsencode(self._state_dir)).hexdigest()[:8]
        return f"/var/tmp/tljh-envbuilder-{os.geteuid()}-{whose}"

    def __init__(self, state_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._state_dir = state_dir
        self.sources = Sources(parent=self)

    async def fetch(
        self,
        build_id: int,
        *,
        repo_url: str,
        ref: str,
        builder: str,
        build_args: Mapping[str, str],
        on_log: Callable[[str], None],
        credentials: Credentials | None = None,
    ) -> FetchedContext:
        """Fetch the repository and make its build context; raises FetchFailed with the reason.

        Cancelling this coroutine stops the work and removes what it left.
        """
        request = self._request(
            repo_url, ref, credentials, builder=Builder(builder), build_args=dict(build_args)
        )
        folder = Path(self.work_dir, f"build-{build_id}")
        await asyncio.to_thread(self._prepare, folder)
        try:
            made = await self._work(folder, request, on_log, ContextEvent)
            context = await asyncio.to_thread(take_over, folder)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
        return FetchedContext(
            **made.model_dump(exclude={"event"}), context=context, size=context.stat().st_size
        )

    async def resolve(
        self,
        name: str,
        *,
        repo_url: str,
        ref: str,
        credentials: Credentials | None = None,
    ) -> str | None:
        """The full commit that the ref stands for now, without fetching the repository.

        None for a shortened commit, which cannot move. Raises FetchFailed with the reason.
        """
        request = self._request(repo_url, ref, credentials)
        resolved = await self._look(f"look-{name}", request, ResolvedEvent, RESOLVE)
        return resolved.commit

    async def refs(self, *, repo_url: str, credentials: Credentials | None = None) -> RefList:
        """The repository's branches and tags; raises FetchFailed with the reason."""
        request = self._request(repo_url, "HEAD", credentials)
        # No environment is named like this, and nobody waits for somebody else's list.
        listed = await self._look(f"look-_refs-{uuid4().hex}", request, RefsEvent, LIST)
        return RefList(**listed.model_dump(exclude={"event"}))

    async def check(self) -> None:
        """Make sure that workers can run; raises ConfigurationError saying what to change."""
        work_dir = Path(self.work_dir)
        await asyncio.to_thread(ensure_work_dir, work_dir)
        await asyncio.to_thread(known_hosts, self.known_hosts)
        if self.ssh_agent and AGENT not in os.environ:
            raise ConfigurationError(f"Fetcher.ssh_agent is set, but ${AGENT} is not.")
        who = f"The fetch worker's user {self._user_name()}"
        try:
            worker = await self._start(work_dir, "--check")
        except PermissionError as error:
            raise ConfigurationError(
                f"{who} cannot start {sys.executable}: install the service with a Python that "
                "every user may run, or set Fetcher.worker_user."
            ) from error
        _, errors = await worker.communicate()
        if worker.returncode != 0:
            said = errors.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise ConfigurationError(f"{who} cannot run the fetch worker: {said[-1]}.")

    def contexts(self) -> dict[str, Path]:
        """The folders that builds have now, by the builds' ids."""
        return {
            folder.name.removeprefix("build-"): folder
            for folder in Path(self.work_dir).glob("build-*")
        }

    def discard_all(self) -> None:
        """Remove what an earlier run of the service left."""
        for pattern in ("build-*", "look-*"):
            for folder in Path(self.work_dir).glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)

    def _request(
        self,
        repo_url: str,
        ref: str,
        credentials: Credentials | None,
        *,
        builder: Builder = Builder.AUTO,
        build_args: dict[str, str] | None = None,
    ) -> FetchRequest:
        """What to tell a worker; raises FetchFailed for an address that is not accepted."""
        self.sources.require(repo_url)
        return FetchRequest(
            repo_url=repo_url,
            ref=ref,
            builder=builder,
            build_args=build_args or {},
            allowed_protocols=sorted(self.sources.allowed_schemes),
            max_bytes=self.max_repository_size,
            credentials=credentials,
            known_hosts=known_hosts(self.known_hosts),
        )

    async def _look(self, name: str, request: FetchRequest, expected: type[R], task: str) -> R:
        """Let a worker look at a repository, in a folder of this name for as long as it takes."""
        folder = Path(self.work_dir, name)
        await asyncio.to_thread(self._prepare, folder)
        try:
            return await self._work(folder, request, _ignore, expected, task)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _work(
        self,
        folder: Path,
        request: FetchRequest,
        on_log: Callable[[str], None],
        expected: type[R],
        *arguments: str,
    ) -> R:
        """Run a worker to its end, or to the first limit that it hits."""
        worker = await self._start(folder, *arguments)
        assert worker.stderr
        errors = asyncio.create_task(_last_of(worker.stderr))
        result = asyncio.create_task(self._result(worker, request, on_log, expected))
        outgrown = asyncio.create_task(self._outgrown(folder))
        try:
            done, _ = await asyncio.wait(
                {result, outgrown}, timeout=self.timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            # The group outlives its leader while git still runs.
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            result.cancel()
            outgrown.cancel()
            await asyncio.gather(result, outgrown, errors, worker.wait(), return_exceptions=True)
        if errors.result():
            self.log.warning("The fetch worker of %s said: %s", request.repo_url, errors.result())
        if result in done:
            return result.result()
        if outgrown in done:
            raise FetchFailed(
                f"The repository takes more than {self.max_repository_size / 2**20:.0f} MiB, the "
                "limit that the operator set (Fetcher.max_repository_size): remove large files."
            )
        raise FetchFailed(
            f"Fetching the repository took longer than {self.timeout:g} s, the limit that the "
            "operator set (Fetcher.timeout): try again, or make the repository smaller."
        )

    def _prepare(self, folder: Path) -> None:
        ensure_work_dir(folder.parent)
        identity = self._identity()
        make_folder(folder, identity.get("user", -1), identity.get("group", -1))

    async def _start(self, folder: Path, *arguments: str) -> Process:
        passed_on = (*_PASSED_ON, AGENT) if self.ssh_agent else _PASSED_ON
        environment = {name: os.environ[name] for name in passed_on if name in os.environ}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tljh_envbuilder.fetch", *arguments),
            cwd=folder,
            env={"PATH": os.defpath, **environment, "LANG": "C.UTF-8", "PYTHONSAFEPATH": "1"},
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            limit=_MAX_LINE,
            **self._identity(),
        )

    async def _result(
        self,
        worker: Process,
        request: FetchRequest,
        on_log: Callable[[str], None],
        expected: type[R],
    ) -> R:
        """Converse with a worker until it has ended."""
        assert worker.stdin
        assert worker.stdout
        # The input stays open: that it closes tells the worker that the service is gone.
        worker.stdin.write(request.model_dump_json(context=REVEALED).encode() + b"\n")
        result: Result | ErrorEvent | None = None
        try:
            async for line in worker.stdout:
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
        exit_code = await worker.wait()
        died = FetchWorkerDied if exit_code < 0 else FetchFailed
        raise died(
            f"The fetch worker stopped unexpectedly (exit code {exit_code}): try again, "
            "and tell the operator if it happens again."
        )

    async def _outgrown(self, folder: Path) -> None:
        """Return when the folder has become too large."""
        size = 0
        while size <= self.max_repository_size:
            await asyncio.sleep(1)
            size = await asyncio.to_thread(size_of, folder)

    def _user_name(self) -> str:
        return self.worker_user if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def _identity(self) -> dict[str, Any]:
        """Arguments that start a process as the worker's user; none where we are not root."""
        if os.geteuid() != 0:
            return {}
        try:
            user = pwd.getpwnam(self.worker_user)
        except KeyError:
            raise ConfigurationError(
                f"There is no user {self.worker_user}: set Fetcher.worker_user to one that exists."
            ) from None
        if user.pw_uid == 0:
            raise ConfigurationError(
                "Repositories are not fetched as root: set Fetcher.worker_user to another user."
            )
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _ignore(_: str) -> None:
    """No build, no log."""


async def _last_of(stream: asyncio.StreamReader) -> str:
    """The end of what a stream gives, read to its end."""
    last = b""
    while chunk := await stream.read(65536):
        last = (last + chunk)[-4000:]
    return last.decode(errors="replace")
