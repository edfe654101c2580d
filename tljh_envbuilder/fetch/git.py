"""Fetching a git repository, as one of repo2docker's content providers."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from repo2docker.contentproviders import Git
from repo2docker.utils import execute_cmd

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.explain import explain_git
from tljh_envbuilder.fetch.refs import NO_COMMIT, may_be_commit, no_such_ref, short_name
from tljh_envbuilder.models.repository import is_on, parse_repo_url


class GitRepository(Git):
    """repo2docker's Git, with branches and tags fetched without their history, and found as named.

    The original also tries the last part of a ref, so that it takes `feature/main` for `main`.
    """

    #: Where submodules may be, with subdomains; empty for anywhere.
    allowed_hosts: Sequence[str] = ()

    def fetch(
        self, spec: dict[str, Any], output_dir: str, yield_output: bool = True
    ) -> Iterator[str]:
        """Check the ref out in `output_dir`, with its submodules; yields git's output by line."""
        url, ref = spec["repo"], short_name(spec["ref"])
        try:
            yield from _git("clone", "--no-checkout", *_extent(ref), "--", url, output_dir)
        except _GitError as error:
            if "Remote branch" in error.output:
                raise FetchFailed(no_such_ref(url, ref)) from error
            raise FetchFailed(explain_git(error.output, url)) from error
        try:
            yield from _git("reset", "--hard", _commit(output_dir, ref), cwd=output_dir)
        except _GitError as error:
            raise FetchFailed(explain_git(error.output, url)) from error
        try:
            yield from self._submodules(output_dir)
        except _GitError as error:
            why = explain_git(error.output, "its address")
            raise FetchFailed(f"A submodule cannot be fetched: {why}") from error

    def _submodules(self, folder: str) -> Iterator[str]:
        """Check submodules out, and theirs: no address is used before it was looked at."""
        paths = _submodule_paths(folder)
        if not paths:
            return
        yield from _git("submodule", "init", cwd=folder)
        for url in _submodule_urls(folder):
            self._require_allowed(url)
        yield from _git("submodule", "update", cwd=folder)
        for path in paths:
            inner = os.path.join(folder, path)
            if os.path.lexists(os.path.join(inner, ".git")):  # .gitmodules may say not to update it
                yield from self._submodules(inner)

    def _require_allowed(self, url: str) -> None:
        if not self.allowed_hosts:
            return
        try:
            is_allowed = is_on(parse_repo_url(url), self.allowed_hosts)
        except ValueError:
            is_allowed = False
        if not is_allowed:
            hosts = ", ".join(self.allowed_hosts)
            raise FetchFailed(f"The submodule at {url} is not allowed here: it must be on {hosts}.")


class _GitError(Exception):
    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


def _git(*arguments: str, cwd: str | None = None) -> Iterator[str]:
    output: deque[str] = deque(maxlen=50)
    try:
        # SIGXFSZ stays ignored, so that git says that a file is too large instead of dying of it.
        for line in execute_cmd(["git", *arguments], capture=True, cwd=cwd, restore_signals=False):
            output.append(line)
            yield line
    except subprocess.CalledProcessError as error:
        raise _GitError("".join(output)) from error


def _extent(ref: str) -> list[str]:
    """How much of the repository must be fetched: any branch may hold a commit."""
    if ref == "HEAD":
        return ["--depth=1"]
    return [] if may_be_commit(ref) else ["--depth=1", f"--branch={ref}"]


def _submodule_paths(folder: str) -> list[str]:
    """Where the commit has submodules, which are entries of mode 160000 (gitmodules(5))."""
    listed = _answer("ls-files", "--stage", "-z", cwd=folder)
    entries = (entry.partition("\t") for entry in listed.split("\0"))
    return [path for entry, _, path in entries if entry.startswith("160000 ")]


def _submodule_urls(folder: str) -> list[str]:
    """The addresses that `git submodule init` has found, relative ones resolved."""
    listed = _answer("config", "--null", "--get-regexp", r"^submodule\..*\.url$", cwd=folder)
    return [entry.partition("\n")[2] for entry in listed.split("\0") if entry]


def _commit(checkout: str, ref: str) -> str:
    """The full commit that the ref stands for in a fresh clone."""
    names = [f"refs/remotes/origin/{ref}", f"refs/tags/{ref}", ref]
    for name in ["HEAD"] if ref == "HEAD" else names:
        found = _answer("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", cwd=checkout)
        if found:
            return found.strip()
    if ref == "HEAD":
        raise FetchFailed(NO_COMMIT)
    raise FetchFailed(f"The repository has no branch, tag or commit '{ref}'.")


def _answer(*arguments: str, cwd: str) -> str:
    """What git prints; empty if it finds nothing."""
    found = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    return found.stdout if found.returncode == 0 else ""
