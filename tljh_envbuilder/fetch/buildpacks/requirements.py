"""What to install from the files of a repository, and which of them decide it.

`early` commands run before the repository's files are in the image, and see nothing but `files`:
nothing else makes them run again. `late` ones run in the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repo2docker.utils import is_local_pip_requirement, open_guess_encoding

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.pipfile import has_pipfile, pipfile_requirements
from tljh_envbuilder.fetch.buildpacks.toml import read_toml, table

#: Where the files that decide are while packages are installed.
MOUNTED = "/tmp/requirements"

#: Packages that must go on working: named again, so that versions are chosen for all together.
JUPYTER = "jupyterhub jupyterlab"

_PIPFILE = "pipfile-requirements.txt"
_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))(\S+)")
# Packages of Jupyter's that are of no use without git; DVC and GitPython start it as well.
_GIT = re.compile(r"git\+|^\s*(nbgitpuller|jupyterlab[-_]git|gitpython|dvc)\b", re.I | re.M)


@dataclass
class Installation:
    """Commands of uv, without its name; `files` maps names in the context to their bytes."""

    files: dict[str, bytes] = field(default_factory=dict)
    early: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    @property
    def needs_git(self) -> bool:
        """Whether something that is installed comes from a git repository, or works with one."""
        return any(_GIT.search(content.decode(errors="replace")) for content in self.files.values())


def installation(folder: Path) -> Installation:
    """How to install what the files in the folder ask for.

    The folder is the repository (".") or its binder folder; only the former can be a package.
    Raises FetchFailed.
    """
    plan = Installation()
    pyproject = read_toml(folder / "pyproject.toml")
    is_locked = (folder / "uv.lock").exists() and bool(table(pyproject, "project"))
    if (folder / "pylock.toml").exists():
        _add_pylock(plan, folder)
    elif is_locked:
        _add_uv_lock(plan, folder, pyproject)
    if has_pipfile(folder):
        _add_pipfile(plan, folder)
    elif (folder / "requirements.txt").exists():
        _add_requirements(plan, folder / "requirements.txt")
    if not is_locked:
        _add_project(plan, folder, pyproject, has_lock=bool(plan.early))
    return plan


def _add_pylock(plan: Installation, folder: Path) -> None:
    _keep(plan, folder / "pylock.toml")
    packages = read_toml(folder / "pylock.toml").get("packages", [])
    if any("directory" in package or "path" in str(package.get("archive")) for package in packages):
        plan.late.append(f"pip install -r {(folder / 'pylock.toml').as_posix()}")
    else:
        plan.early.append(f"pip install -r {_mounted(folder / 'pylock.toml')}")


def _add_uv_lock(plan: Installation, folder: Path, pyproject: dict[str, Any]) -> None:
    """`--inexact` leaves Jupyter where it is; each package is checked against the lock's hash."""
    _keep(plan, folder / "uv.lock")
    _keep(plan, folder / "pyproject.toml")
    sync = "sync --frozen --inexact --no-editable"
    is_local = _has_local_sources(pyproject) or bool(table(pyproject, "tool", "uv", "workspace"))
    if not is_local:
        plan.early.append(f"{sync} --no-install-project --project {_mounted(folder)}")
    if is_local or _is_package(folder, pyproject):
        plan.late.append(f"{sync} --project {folder.as_posix()}")


def _add_pipfile(plan: Installation, folder: Path) -> None:
    found = pipfile_requirements(folder)
    name = (folder / _PIPFILE).as_posix()
    plan.files[name] = "\n".join([*found.lines, ""]).encode()
    # The lock holds all there is to install, and a package without a hash is one from git.
    options = "--no-deps" if found.is_locked else JUPYTER
    install = f"pip install {options} --index-strategy unsafe-best-match -r {MOUNTED}/{name}"
    (plan.late if found.is_local else plan.early).append(install)


def _add_requirements(plan: Installation, path: Path) -> None:
    """Before the files of the repository, unless it names some of them.

    Versions are looked for on all indexes, as pip does. With hashes nothing may be added to it.
    """
    texts = dict(_with_included(path))
    for each, text in texts.items():
        plan.files[each.as_posix()] = text.encode()
    has_hashes = any("--hash" in text for text in texts.values())
    options = "--require-hashes" if has_hashes else JUPYTER
    install = f"pip install {options} --index-strategy unsafe-best-match -r"
    if any(_is_local(line) for text in texts.values() for line in text.splitlines()):
        plan.late.append(f"{install} {path.as_posix()}")
    else:
        plan.early.append(f"{install} {_mounted(path)}")


def _add_project(
    plan: Installation, folder: Path, pyproject: dict[str, Any], *, has_lock: bool
) -> None:
    project = table(pyproject, "project")
    is_dynamic = {"dependencies", "optional-dependencies"} & set(project.get("dynamic", []))
    is_late = bool(is_dynamic) or _has_local_sources(pyproject)
    install = f"pip install {JUPYTER}"
    if project.get("dependencies") and not is_late:
        _keep(plan, folder / "pyproject.toml")
        plan.early.append(f"{install} -r {_mounted(folder / 'pyproject.toml')}")
    if _is_package(folder, pyproject):
        is_complete = bool(project) and not is_late
        plan.late.append("pip install --no-deps ." if is_complete else f"{install} .")
    elif project.get("dependencies") and is_late:
        plan.late.append(f"{install} -r {(folder / 'pyproject.toml').as_posix()}")


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


def _keep(plan: Installation, path: Path) -> None:
    plan.files[path.as_posix()] = path.read_bytes()


def _mounted(path: Path) -> str:
    return f"{MOUNTED}/{path.as_posix()}".removesuffix("/.")
