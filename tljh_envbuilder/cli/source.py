"""What a person names as the thing to build: a folder of theirs, or a repository's address."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tljh_envbuilder.builds.local import LocalRequest
from tljh_envbuilder.errors import InvalidRequest, NotFound
from tljh_envbuilder.models.repository import parse_repo_url

# One time and one author: the same files make the same commit, and so the same image.
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "-"), ("EMAIL", "-"), ("DATE", "2020-01-01T00:00:00Z"))
}


@contextmanager
def request_for(source: str, *, ref: str | None, name: str | None) -> Iterator[LocalRequest]:
    """What to build, for as long as the block lasts."""
    path = Path(source).expanduser()
    if path.is_dir():
        path = path.resolve()
        with TemporaryDirectory(prefix="tljh-envbuilder-", dir="/var/tmp") as folder:
            # The fetch worker may be another user, who cannot enter this user's folders.
            Path(folder).chmod(0o755)
            repository = Path(folder, "repository.git")
            commit = _clone(path, repository, ref) if ref else _snapshot(path, repository)
            yield LocalRequest(
                name=name or name_of(path.name),
                repo_url=f"file://{repository}",
                source=_origin(path) or str(path),
                ref=commit,
            )
        return
    if "://" not in source and "@" not in source:
        raise NotFound(f"There is no folder {source}, and it is no address of a repository.")
    try:
        url = parse_repo_url(source)
    except ValueError as error:
        raise InvalidRequest(f"The repository's address {error}.") from None
    yield LocalRequest(name=name or name_of(url), repo_url=url, source=url, ref=ref or "HEAD")


def name_of(address: str) -> str:
    """The name for a repository: the last part of its address, as images can be called."""
    last = address.rstrip("/").rpartition("/")[2].removesuffix(".git").lower()
    return re.sub(r"[^a-z0-9]+", "-", last).strip("-")[:63].rstrip("-") or "environment"


def _clone(path: Path, repository: Path, ref: str) -> str:
    """What is committed there; the commit that the ref stands for."""
    if not (path / ".git").exists():
        raise InvalidRequest(f"{path} is no git repository, so that it has no {ref}.")
    _git("clone", "--quiet", "--bare", "--no-hardlinks", str(path), str(repository))
    try:
        commit = _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", cwd=path)
    except subprocess.CalledProcessError:
        raise NotFound(f"{path} has no branch, tag or commit '{ref}'.") from None
    _git("update-ref", "refs/heads/to-build", commit, cwd=repository)
    return commit


def _snapshot(path: Path, repository: Path) -> str:
    """The files as they are, but for what git ignores: the last commit, if nothing has changed."""
    if (path / ".git").exists() and _is_committed(path):
        return _clone(path, repository, "HEAD")
    _git("init", "--quiet", "--bare", str(repository))
    where = {"GIT_DIR": str(repository), "GIT_WORK_TREE": str(path)}
    _git("add", "--all", ".", cwd=path, env=where)
    _git("commit", "--quiet", "--allow-empty", "--message=-", cwd=path, env=where | _IDENTITY)
    return _git("rev-parse", "HEAD", cwd=path, env=where)


def _is_committed(path: Path) -> bool:
    try:
        _git("rev-parse", "--verify", "--quiet", "HEAD", cwd=path)
    except subprocess.CalledProcessError:
        return False
    return not _git("status", "--porcelain", cwd=path)


def _origin(path: Path) -> str:
    """Where the repository of a folder came from, without a login; empty if it says nothing."""
    if not (path / ".git").exists():
        return ""
    try:
        return parse_repo_url(_git("remote", "get-url", "origin", cwd=path))
    except (subprocess.CalledProcessError, ValueError):
        return ""


def _git(*arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()
