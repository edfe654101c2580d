"""A folder of the person's, made a git repository that a fetch worker can read."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from tljh_envbuilder.errors import FetchFailed, InvalidRequest, NotFound
from tljh_envbuilder.models.repository import parse_repo_url, scheme_of

# One time and one author: the same files make the same commit, and so the same image.
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "-"), ("EMAIL", "-"), ("DATE", "2020-01-01T00:00:00Z"))
}

# No hook and no watcher of files is run. What a configuration names as a filter may be, as by any
# `git status` in the folder.
_NO_PROGRAMS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")

# Files are taken as they are, and not as Git LFS or another filter would have them committed.
_ATTRIBUTES = "* -text -filter\n"

_BRANCH = "to-build"


class Place(Enum):
    """How a folder lies to a git repository."""

    OUTSIDE = auto()
    TOP = auto()
    BELOW = auto()
    REPOSITORY = auto()  # a bare one, or a folder `.git`


class GitFailed(FetchFailed):
    """git could not do what it was asked to do; `said` is what it wrote about that."""

    def __init__(self, task: str, said: str) -> None:
        super().__init__(f"git {task} failed: {' '.join(said.split()) or 'it does not say why'}")
        self.said = said


async def place_of(path: Path) -> Place:
    """Where the folder is; what a repository around it ignores is not in that repository.

    Raises GitFailed, for instance where the repository is somebody else's.
    """
    try:
        found = await _git("rev-parse", "--git-dir", "--show-prefix", cwd=path)
    except GitFailed as failure:
        # One that is broken is not passed over, as what it ignores would be taken.
        if "not a git repository (or any" not in failure.said or (path / ".git").exists():
            raise
        return Place.OUTSIDE
    folder, prefix, *_ = found.split("\n")
    if folder == ".":
        return Place.REPOSITORY
    if not prefix:
        return Place.TOP
    is_ignored = await _succeeds("check-ignore", "--quiet", ".", cwd=path)
    return Place.OUTSIDE if is_ignored else Place.BELOW


async def make_repository(path: Path, place: Place, repository: Path, ref: str | None) -> str:
    """Put what is to be built into a new bare repository, and return its full commit.

    That is what the ref stands for, or without one the folder as it is, but for what git
    ignores: the last commit if nothing has changed since. Raises FetchFailed, InvalidRequest,
    NotFound.
    """
    if ref and place not in (Place.TOP, Place.REPOSITORY):
        raise InvalidRequest(f"{path} is no git repository, so that it has no {ref}.")
    if ref or place is Place.REPOSITORY or (place is Place.TOP and await _is_committed(path)):
        return await _clone(path, repository, ref or "HEAD")
    return await _snapshot(path, place, repository)


async def origin_of(path: Path, place: Place) -> str:
    """Where others find the repository, without a login; empty where they do not."""
    if place not in (Place.TOP, Place.REPOSITORY):
        return ""
    try:
        address = await _git("remote", "get-url", "origin", cwd=path)
        url = parse_repo_url(address.strip())
    except (GitFailed, ValueError):
        return ""
    return "" if scheme_of(url) == "file" else url


async def _clone(path: Path, repository: Path, ref: str) -> str:
    # `place_of` has made sure that git trusts the folder. What serves a clone asks once more, for
    # `.git` itself, which is seldom in the list of those who have somebody else's repository.
    trusted = repository.with_name("gitconfig")
    trusted.write_text("[safe]\n\tdirectory = *\n")
    copy = ("--quiet", "--bare", "--no-hardlinks", "--template=")
    env = {"GIT_CONFIG_GLOBAL": str(trusted)}
    await _git("clone", *copy, str(path), str(repository), cwd=path, env=env)
    commit = await _commit(path, ref)
    if commit is None:
        raise NotFound(f"{path} has no branch, tag or commit '{ref}'.")
    await _git("update-ref", f"refs/heads/{_BRANCH}", commit, cwd=repository)
    return commit


async def _snapshot(path: Path, place: Place, repository: Path) -> str:
    """A commit of the files as they are."""
    new = ("--quiet", "--bare", "--template=", f"--initial-branch={_BRANCH}")
    await _git("init", *new, str(repository), cwd=path)
    info = repository / "info"
    info.mkdir()
    (info / "attributes").write_text(_ATTRIBUTES)
    ours = {"GIT_DIR": str(repository), "GIT_WORK_TREE": str(path)}
    files = await _files(path, ours if place is Place.OUTSIDE else {})
    # Unlike `git add` this does not look at what is ignored, or whose a file is.
    put = ("update-index", "-z", "--add", "--remove", "--stdin")
    await _git(*put, cwd=path, env=ours, stdin="".join(f"{name}\0" for name in files))
    tree = await _git("write-tree", cwd=path, env=ours)
    write = ("commit-tree", "-m", "-", tree.strip())
    commit = (await _git(*write, cwd=path, env=ours | _IDENTITY)).strip()
    await _git("update-ref", f"refs/heads/{_BRANCH}", commit, cwd=path, env=ours)
    return commit


async def _files(folder: Path, env: Mapping[str, str]) -> list[str]:
    """What git tracks below the folder or would add, in the repositories inside it as well."""
    kinds = ("--cached", "--others", "--exclude-standard")
    listed = await _git("ls-files", "-z", *kinds, cwd=folder, env=env)
    names = dict.fromkeys(listed.split("\0")[:-1])
    # A link that has taken the place of a folder has nothing below it.
    parents = {os.path.dirname(name.rstrip("/")) for name in names}
    real = {parent for parent in parents if _is_real(folder / parent)}
    files: list[str] = []
    for name in names:
        path = folder / name
        if os.path.dirname(name.rstrip("/")) not in real:
            continue
        if path.is_symlink() or not path.is_dir():
            files.append(name)
        elif (path / ".git").exists():
            files += [os.path.join(name, inner) for inner in await _files(path, {})]
    return files


def _is_real(folder: Path) -> bool:
    return os.path.realpath(folder) == str(folder)


async def _is_committed(path: Path) -> bool:
    """Whether the last commit is all there is; not where files are submodules'."""
    if await _commit(path, "HEAD") is None:
        return False
    # Whatever the person's settings say `git status` should leave out.
    everything = ("--untracked-files=normal", "--ignore-submodules=none")
    if await _git("status", "--porcelain", *everything, cwd=path):
        return False
    tracked = (await _git("ls-files", "-z", "--stage", cwd=path)).split("\0")
    modules = (entry.partition("\t")[2] for entry in tracked if entry.startswith("160000 "))
    return not any((path / module / ".git").exists() for module in modules)


async def _commit(path: Path, ref: str) -> str | None:
    try:
        found = await _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", cwd=path)
    except GitFailed:
        return None
    return found.strip()


async def _succeeds(*arguments: str, cwd: Path) -> bool:
    try:
        await _git(*arguments, cwd=cwd)
    except GitFailed:
        return False
    return True


async def _git(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = ""
) -> str:
    """What git prints, with names of files in the file system's encoding; raises FetchFailed.

    Cancelling it ends git. It has a session of its own, so that Ctrl-C reaches it this way only.
    """
    if shutil.which("git") is None:
        raise FetchFailed("git is needed to read a folder, and it is not installed.")
    start = asyncio.create_subprocess_exec(
        *("git", *_NO_PROGRAMS, *arguments),
        cwd=cwd,
        env={**_environment(), **(env or {})},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    # A start that is cancelled would end git alone, and wait for all that git has started.
    starting = asyncio.create_task(start)
    try:
        process = await asyncio.shield(starting)
        output, said = await process.communicate(os.fsencode(stdin))
    except OSError as error:
        raise FetchFailed(f"git cannot read {cwd}: {error.strerror}.") from None
    except asyncio.CancelledError:
        process = await starting
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    if process.returncode != 0:
        raise GitFailed(arguments[0], said.decode(errors="replace"))
    return os.fsdecode(output)


def _environment() -> dict[str, str]:
    """Ours, without what a git that runs us, for a hook, has told of its repository."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    }
    # Its words are recognised; and the person's own index is not refreshed by the way.
    return {**inherited, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
