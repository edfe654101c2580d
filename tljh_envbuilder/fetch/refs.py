"""The refs of a repository that is somewhere else: which there are, and what one stands for.

The rule is the same for fetching: a branch comes before a tag, and both come before a commit.
"""

from __future__ import annotations

import difflib
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.explain import explain_git
from tljh_envbuilder.models.refs import MAX_REFS, RefList
from tljh_envbuilder.models.types import GitRef

NO_COMMIT = "The repository has no commit on its default branch: push one, or name another branch."

_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_GIT_REF: TypeAdapter[str] = TypeAdapter(GitRef)
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def short_name(ref: str) -> str:
    """The name of a branch or a tag without what git puts before it."""
    return re.sub(r"^refs/(heads|tags)/", "", ref)


def may_be_commit(ref: str) -> bool:
    """Whether the ref can be a commit, in full or shortened."""
    return _COMMIT.fullmatch(ref) is not None


def resolve(url: str, ref: str) -> str | None:
    """The full commit that the ref stands for now; None for a shortened one, which cannot move."""
    name = short_name(ref)
    names = ["HEAD"] if name == "HEAD" else [f"refs/heads/{name}", f"refs/tags/{name}"]
    there = _list(url, *names, *(f"{each}^{{}}" for each in names))
    for each in names:
        # What an annotated tag points at, rather than the tag.
        commit = there.get(f"{each}^{{}}") or there.get(each)
        if commit is not None:
            return commit
    if may_be_commit(name):
        return name if _FULL_COMMIT.fullmatch(name) else None
    raise FetchFailed(NO_COMMIT if name == "HEAD" else no_such_ref(url, name))


def list_refs(url: str) -> RefList:
    """The branches and tags that can be asked for by their names, in natural order."""
    names = _list(url, "--heads", "--tags", "--refs")
    branches, tags = (
        sorted(_usable(names, f"refs/{kind}/"), key=_natural) for kind in ("heads", "tags")
    )
    return RefList(
        default_branch=_default_branch(url) if branches else None,
        branches=branches[:MAX_REFS],
        tags=tags[:MAX_REFS],
        truncated=max(len(branches), len(tags)) > MAX_REFS,
    )


def _usable(names: Iterable[str], prefix: str) -> Iterator[str]:
    """Names after their prefix, without those that no environment can have as its ref."""
    for name in names:
        if name.startswith(prefix):
            with suppress(ValidationError):
                yield _GIT_REF.validate_python(name.removeprefix(prefix))


def _natural(name: str) -> tuple[list[str | int], str]:
    """A key by which `v10` comes after `v9`."""
    parts = re.split(r"([0-9]+)", name)
    return [int(part) if part.isdigit() else part.casefold() for part in parts], name


def _default_branch(url: str) -> str | None:
    """The branch that HEAD stands for, where the host says so, and it can be asked for."""
    for name, target in _list(url, "--symref", "HEAD").items():
        if name == "HEAD" and target.startswith("ref: "):
            branch = target.removeprefix("ref: ")
            return next(_usable([branch], "refs/heads/"), None)
    return None


def no_such_ref(url: str, ref: str) -> str:
    """The sentence that says so, with what might have been meant."""
    try:
        names = [short_name(name) for name in _list(url, "--heads", "--tags", "--refs")]
    except FetchFailed:
        names = []
    if not names:
        return "The repository is empty: push a first commit."
    near = difflib.get_close_matches(ref, names, cutoff=0.5) or names[:3]
    choices = " or ".join(f"'{name}'" for name in near)
    return f"The repository has no branch or tag '{ref}': try {choices}."


def _list(url: str, *what: str) -> dict[str, str]:
    """The refs that the host has, each with its object; options come before patterns.

    With `--symref` a symbolic ref has `ref: ` and its target instead.
    """
    options = [each for each in what if each.startswith("--")]
    patterns = what[len(options) :]
    listed = subprocess.run(
        ["git", "ls-remote", *options, "--", url, *patterns],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if listed.returncode != 0:
        raise FetchFailed(explain_git(listed.stderr, url))
    lines = (line.split("\t", 1) for line in listed.stdout.splitlines() if "\t" in line)
    refs: dict[str, str] = {}
    for commit, name in lines:
        refs.setdefault(name, commit)  # what is symbolic comes first
    return refs
