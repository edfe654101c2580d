"""Fetching a git repository, as one of repo2docker's content providers."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Iterator
from typing import Any

from repo2docker.contentproviders import Git
from repo2docker.utils import execute_cmd

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.explain import explain_git
from tljh_envbuilder.fetch.refs import NO_COMMIT, may_be_commit, no_such_ref, short_name


class GitRepository(Git):
    """repo2docker's Git, with branches and tags fetched without their history, and found as named.

    The original also tries the last part of a ref, so that it takes `feature/main` for `main`.
    """

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
            yield from _git("submodule", "update", "--init", "--recursive", cwd=output_dir)
        except _GitError as error:
            why = explain_git(error.output, "its address")
            raise FetchFailed(f"A submodule cannot be fetched: {why}") from error


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


def _commit(checkout: str, ref: str) -> str:
    """The full commit that the ref stands for in a fresh clone."""
    names = [f"refs/remotes/origin/{ref}", f"refs/tags/{ref}", ref]
    for name in ["HEAD"] if ref == "HEAD" else names:
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode == 0:
            return found.stdout.strip()
    if ref == "HEAD":
        raise FetchFailed(NO_COMMIT)
    raise FetchFailed(f"The repository has no branch, tag or commit '{ref}'.")
