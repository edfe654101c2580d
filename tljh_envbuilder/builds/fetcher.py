"""Makes build contexts of repositories, in fetch workers."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from traitlets import Bool, Float, Integer, Unicode, default
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.fetch_worker import AGENT, FetchWorker, R, WorkerUser
from tljh_envbuilder.builds.known_hosts import known_hosts
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.ready_worker import PREFIX, ReadyWorker
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.fetch.folders import ensure_work_dir, give, take_over
from tljh_envbuilder.fetch.messages import (
    CHECK,
    LIST,
    NO_REPOSITORY,
    RESOLVE,
    ContextEvent,
    FetchRequest,
    RefsEvent,
    ResolvedEvent,
)
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.environment import Builder
from tljh_envbuilder.models.refs import RefList


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

    ready_worker = Bool(
        True,
        config=True,
        help="Keep a fetch worker started that waits for the next build, which then begins most of "
        "a second earlier; it takes about 60 MB of memory.",
    )

    @default("work_dir")
    def _default_work_dir(self) -> str:
        # Not in the state folder, which nobody else may enter; one for each service on a machine.
        whose = sha256(os.fsencode(self._state_dir)).hexdigest()[:8]
        return f"/var/tmp/tljh-envbuilder-{os.geteuid()}-{whose}"

    def __init__(
        self, state_dir: Path, *, sources: Sources, python: PythonEnvironments, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._state_dir = state_dir
        self.sources = sources
        self._ready = ReadyWorker(Path(self.work_dir), self.log)
        self._python = python

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
        return await self._context(Path(self.work_dir, f"build-{build_id}"), request, on_log)

    async def _context(
        self, folder: Path, request: FetchRequest, on_log: Callable[[str], None]
    ) -> FetchedContext:
        """Let a worker make the context that is asked for, in the folder."""
        try:
            worker = await self._worker(folder)
            made = await worker.work(request, on_log, ContextEvent, timeout=self.timeout)
            context = await asyncio.to_thread(take_over, folder)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
        finally:
            self.keep_ready()
        return FetchedContext(
            **made.model_dump(exclude={"event"}), context=context, size=context.stat().st_size
        )

    async def shared_context(self, version: str) -> FetchedContext:
        """The context of what all environments of a Python version share; raises FetchFailed."""
        request = self._request(NO_REPOSITORY, "HEAD", None, is_checked=False)
        python = request.python.model_copy(update={"versions": [version]})
        request = request.model_copy(update={"python": python})
        return await self._context(Path(self.work_dir, f"look-_shared-{version}"), request, _ignore)

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
        folder = work_dir / "look-_check"
        try:
            worker = await FetchWorker.start(folder, self._user(), self.log, CHECK)
        except PermissionError as error:
            raise ConfigurationError(
                f"{who} cannot start {sys.executable}: install the service with a Python that "
                "every user may run, or set Fetcher.worker_user."
            ) from error
        _, errors = await worker.process.communicate()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        if worker.process.returncode != 0:
            said = errors.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise ConfigurationError(f"{who} cannot run the fetch worker: {said[-1]}.")

    def keep_ready(self) -> None:
        """Have a worker wait for the next build, if that is wanted."""
        if self.ready_worker:
            self._ready.prepare(self._user())

    async def close(self) -> None:
        """End the worker that waits; those that work belong to their builds."""
        await self._ready.close()

    def hand_over(self, folder: Path) -> None:
        """Make the folder, with all in it, readable for workers and for nobody else."""
        user = self._user()
        folder.chmod(0o700)
        if user.uid != -1:
            give(folder, user.uid, user.gid)

    def contexts(self) -> dict[str, Path]:
        """The folders that builds have now, by the builds' ids."""
        return {
            folder.name.removeprefix("build-"): folder
            for folder in Path(self.work_dir).glob("build-*")
        }

    def discard_all(self) -> None:
        """Remove what an earlier run of the service left."""
        for pattern in ("build-*", "look-*", f"{PREFIX}*"):
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
        is_checked: bool = True,
    ) -> FetchRequest:
        """What to tell a worker; raises FetchFailed for an address that is not accepted."""
        if is_checked:
            self.sources.require(repo_url)
        return FetchRequest(
            repo_url=repo_url,
            ref=ref,
            builder=builder,
            build_args=build_args or {},
            python=self._python.settings(),
            allowed_protocols=sorted(self.sources.allowed_schemes),
            allowed_hosts=sorted(self.sources.allowed_hosts),
            max_bytes=self.max_repository_size,
            credentials=credentials,
            known_hosts=known_hosts(self.known_hosts),
        )

    async def _look(self, name: str, request: FetchRequest, expected: type[R], task: str) -> R:
        """Let a worker look at a repository, in a folder of this name for as long as it takes."""
        folder = Path(self.work_dir, name)
        try:
            worker = await FetchWorker.start(folder, self._user(), self.log, task)
            return await worker.work(request, _ignore, expected, timeout=self.timeout)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _worker(self, folder: Path) -> FetchWorker:
        """A worker in this folder, one that has been waiting if possible."""
        waiting = await self._ready.take(folder)
        return waiting or await FetchWorker.start(folder, self._user(), self.log)

    def _user_name(self) -> str:
        if os.geteuid() == 0:
            return str(self.worker_user)
        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:  # a container's user may have no account
            return str(os.geteuid())

    def _user(self) -> WorkerUser:
        """Whom workers run as: somebody else where we are root."""
        if os.geteuid() != 0:
            return WorkerUser(knows_agent=self.ssh_agent)
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
        return WorkerUser(user.pw_uid, user.pw_gid, knows_agent=self.ssh_agent)


def _ignore(_: str) -> None:
    """No build, no log."""
