"""What to install from the files of a repository, and which of them decide it.

`early` commands run before the repository's files are in the image, and see nothing but `files`:
nothing else makes them run again. `late` ones run in the repository.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repo2docker.utils import is_local_pip_requirement, open_guess_encoding

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.pipfile import has_pipfile, pipfile_requirements
from tljh_envbuilder.fetch.buildpacks.toml import read_toml, table

#: Where the files that decide are while packages are installed.
MOUNTED = "/tmp/requirements"

_PIPFILE = "pipfile-requirements.txt"
_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))(\S+)")
# pip puts it into a folder of its own, uv installs it: users see no difference.
_EDITABLE_GIT = re.compile(r"^\s*(?:-e|--editable)[\s=]+(?=git\+)", re.MULTILINE)
# Packages of Jupyter's that are of no use without git; DVC and GitPython start it as well.
_GIT = re.compile(r"git\+|^\s*(nbgitpuller|jupyterlab[-_]git|gitpython|dvc)\b", re.I | re.M)


@dataclass
class Installation:
    """Commands of uv, without its name; `files` maps names in the context to their bytes.

    `jupyter` is what must go on working: it is asked for again with what is installed, so that
    versions are chosen for all together. What the repository asks for by name is its own choice.
    """

    jupyter: Sequence[str]
    files: dict[str, bytes] = field(default_factory=dict)
    early: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    @property
    def needs_git(self) -> bool:
        """Whether something that is installed comes from a git repository, or works with one."""
        return any(_GIT.search(content.decode(errors="replace")) for content in self.files.values())

    def keep(self, path: Path, text: str | None = None) -> str:
        """Take the file into the context; returns where it is while packages are installed."""
        self.files[path.as_posix()] = path.read_bytes() if text is None else text.encode()
        return f"{MOUNTED}/{path.as_posix()}"

    def add(self, command: str, *, is_late: bool = False) -> None:
        """The next command; what follows a late one is late as well."""
        (self.late if is_late or self.late else self.early).append(command)

    def with_jupyter(self, asked: Iterable[str]) -> str:
        """The command that installs beside Jupyter, given the lines that the repository asks for.

        Versions are looked for on all indexes, as pip does.
        """
        names = {_name(line) for line in asked}
        packages = [each for each in self.jupyter if _name(each) not in names]
        return shlex.join(["pip", "install", *packages, "--index-strategy", "unsafe-best-match"])


def installation(folder: Path, jupyter: Sequence[str]) -> Installation:
    """How to install what the files in the folder ask for.

    The folder is the repository (".") or its binder folder; only the former can be a package. A
    lock comes last, so that what it says holds. Raises FetchFailed.
    """
    plan = Installation(jupyter)
    pyproject = read_toml(folder / "pyproject.toml")
    if has_pipfile(folder):
        _add_pipfile(plan, folder)
    elif (folder / "requirements.txt").exists():
        _add_requirements(plan, folder / "requirements.txt")
    if (folder / "pylock.toml").exists():
        _add_pylock(plan, folder)
        if _is_package(folder, pyproject):
            plan.add("pip install --no-deps .", is_late=True)
    elif (folder / "uv.lock").exists() and table(pyproject, "project"):
        _add_uv_lock(plan, folder, pyproject)
    elif not has_pipfile(folder):
        _add_project(plan, folder, pyproject)
    return plan


def _add_pylock(plan: Installation, folder: Path) -> None:
    """Each package is checked against the lock's hash."""
    path = folder / "pylock.toml"
    packages = read_toml(path).get("packages", [])
    is_local = any("directory" in each or "path" in each.get("archive", {}) for each in packages)
    mounted = plan.keep(path)
    plan.add(f"pip install -r {path if is_local else mounted}", is_late=is_local)


def _add_uv_lock(plan: Installation, folder: Path, pyproject: dict[str, Any]) -> None:
    """`--inexact` leaves Jupyter where it is; each package is checked against the lock's hash."""
    plan.keep(folder / "uv.lock")
    plan.keep(folder / "pyproject.toml")
    sync = "sync --frozen --inexact --no-editable"
    is_local = _has_local_sources(pyproject) or bool(table(pyproject, "tool", "uv", "workspace"))
    if not is_local:
        project = f"{MOUNTED}/{folder.as_posix()}".removesuffix("/.")
        plan.add(f"{sync} --no-install-project --project {project}")
    if is_local or _is_package(folder, pyproject):
        plan.add(f"{sync} --project {folder.as_posix()}", is_late=True)


def _add_pipfile(plan: Installation, folder: Path) -> None:
    found = pipfile_requirements(folder)
    mounted = plan.keep(folder / _PIPFILE, "\n".join([*found.lines, ""]))
    # The lock holds all there is to install, and a package without a hash is one from git.
    install = "pip install --no-deps --index-strategy unsafe-best-match"
    if not found.is_locked:
        install = plan.with_jupyter(found.lines)
    plan.add(f"{install} -r {mounted}", is_late=found.is_local)


def _add_requirements(plan: Installation, path: Path) -> None:
    """Before the files of the repository, unless it names some of them."""
    texts = dict(_with_included(path))
    for each, text in texts.items():
        plan.keep(each, _EDITABLE_GIT.sub("", text))
    lines = [line for text in texts.values() for line in text.splitlines()]
    install = plan.with_jupyter(lines)
    if any("--hash" in line for line in lines):
        # Nothing may be added that has none.
        install = "pip install --require-hashes --index-strategy unsafe-best-match"
    plan.add(f"{install} -r {MOUNTED}/{path.as_posix()}", is_late=any(map(_is_local, lines)))


def _add_project(plan: Installation, folder: Path, pyproject: dict[str, Any]) -> None:
    project = table(pyproject, "project")
    is_dynamic = {"dependencies", "optional-dependencies"} & set(project.get("dynamic", []))
    is_late = bool(is_dynamic) or _has_local_sources(pyproject)
    dependencies = [str(each) for each in project.get("dependencies", [])]
    install = plan.with_jupyter(dependencies)
    if dependencies and not is_late:
        plan.add(f"{install} -r {plan.keep(folder / 'pyproject.toml')}")
    if _is_package(folder, pyproject):
        is_complete = bool(project) and not is_late
        plan.add("pip install --no-deps ." if is_complete else f"{install} .", is_late=True)
    elif dependencies and is_late:
        plan.add(f"{install} -r {folder / 'pyproject.toml'}", is_late=True)


def _name(requirement: str) -> str:
    """The normalized name of what a line asks for; empty where it has none."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def _is_package(folder: Path, pyproject: dict[str, Any]) -> bool:
    """Whether pip can install the repository itself, which a binder folder says not to do."""
    if folder != Path():
        return False
    return "build-system" in pyproject or (folder / "setup.py").exists()


def _has_local_sources(pyproject: dict[str, Any]) -> bool:
    sources = table(pyproject, "tool", "uv", "sources")
    return any("path" in str(source) or "workspace" in str(source) for source in sources.values())


def _with_included(path: Path, depth: int = 0) -> Iterator[tuple[Path, str]]:
    """The text of a requirements file, and of those that it includes; by path."""
    with open_guess_encoding(path) as file:
        text = file.read()
    yield path, text
    for line in text.splitlines():
        if (found := _INCLUDE.match(line.partition(" #")[0])) and "://" not in found[1]:
            included = Path(os.path.normpath(path.parent / found[1]))
            if not _is_inside(included) or not included.is_file() or depth > 10:
                raise FetchFailed(
                    f"{path} includes '{found[1][:100]}', which is not in the repository: add the "
                    "file, or remove the line."
                )
            yield from _with_included(included, depth + 1)


def _is_local(line: str) -> bool:
    return _INCLUDE.match(line) is None and bool(is_local_pip_requirement(line))


def _is_inside(path: Path) -> bool:
    """Whether a file is one of the repository's own, also by the links on the way to it."""
    here = os.path.realpath(".")
    return os.path.commonpath([here, os.path.realpath(path)]) == here
