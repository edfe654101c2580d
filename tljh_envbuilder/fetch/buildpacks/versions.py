"""Which Python a repository wants, in the words that people have for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.pipfile import python_of_pipfile
from tljh_envbuilder.fetch.buildpacks.toml import read_toml, table

_VERSION = re.compile(r"(?:c?python[-@]?)?(3)(?:\.(\d+))?(?:\.\d+)?")


@dataclass(frozen=True)
class PythonVersion:
    """A version as `3.12`, and the file that asks for it; None for the usual one."""

    version: str
    asked_by: str | None


def python_version(folder: Path, runtime: str | None, offered: Sequence[str]) -> PythonVersion:
    """The version that the files of the folder ask for, of those offered, the first one first.

    `runtime` is what runtime.txt says. Raises FetchFailed when no version will do.
    """
    bounds = list(_bounds(folder))
    for source, text in _exact(folder, runtime):
        wanted = _VERSION.fullmatch(text)
        if wanted is None:
            raise FetchFailed(f"{source} asks for '{text[:50]}': write a version, like 3.12.")
        if wanted[2] is None:
            continue  # any Python 3
        version = f"3.{wanted[2]}"
        if version not in offered:
            raise _not_offered(f"{source} asks for Python {version}", offered)
        for name, bound in bounds:
            if not _allows(bound, version):
                raise FetchFailed(
                    f"{source} asks for Python {version}, and {name} for '{bound}': change one of "
                    "them."
                )
        return PythonVersion(version, source)
    for version in offered:
        if all(_allows(bound, version) for _, bound in bounds):
            return PythonVersion(version, bounds[0][0] if bounds else None)
    asked = " and ".join(f"{name} asks for Python '{bound}'" for name, bound in bounds)
    raise _not_offered(asked, offered)


def _exact(folder: Path, runtime: str | None) -> Iterator[tuple[str, str]]:
    """What names one version, the most important first; a Pipfile's own, as in repo2docker."""
    if version := python_of_pipfile(folder):
        yield "Pipfile", version
    if runtime:
        yield "runtime.txt", runtime
    pinned = folder / ".python-version"
    if pinned.exists():
        lines = (line.partition("#")[0].strip() for line in pinned.read_text("utf-8").splitlines())
        if first := next(filter(None, lines), None):
            yield ".python-version", first


def _bounds(folder: Path) -> Iterator[tuple[str, SpecifierSet]]:
    """What bounds the version."""
    places = (
        ("pyproject.toml", table(read_toml(folder / "pyproject.toml"), "project")),
        ("uv.lock", read_toml(folder / "uv.lock")),
        ("pylock.toml", read_toml(folder / "pylock.toml")),
    )
    for name, found in places:
        if bound := found.get("requires-python"):
            try:
                yield name, SpecifierSet(str(bound))
            except InvalidSpecifier:
                raise FetchFailed(
                    f"In {name}, requires-python is '{str(bound)[:50]}': write it like '>=3.11'."
                ) from None


def _allows(bound: SpecifierSet, version: str) -> bool:
    """Whether some release of the version may be used: the newest is what its image has."""
    return bound.contains(f"{version}.99") or bound.contains(version)


def _not_offered(asked: str, offered: Sequence[str]) -> FetchFailed:
    return FetchFailed(
        f"{asked}, and this service has {', '.join(offered)}: choose one of these, or ask the "
        "operator for another (PythonEnvironments.versions)."
    )
