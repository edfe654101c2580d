"""Pipfile and Pipfile.lock as lines of a requirements.txt, so that no pipenv is needed."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.toml import read_toml, table

PYPI = "https://pypi.org/simple"

_MARKERS = ("os_name", "sys_platform", "platform_machine", "platform_system", "python_version")


@dataclass(frozen=True)
class PipfileRequirements:
    """`lines` for a requirements.txt; `is_local` if some are folders of the repository."""

    lines: list[str]
    is_locked: bool
    is_local: bool


def has_pipfile(folder: Path) -> bool:
    """Whether the folder has one of the two files."""
    return (folder / "Pipfile").exists() or (folder / "Pipfile.lock").exists()


def python_of_pipfile(folder: Path) -> str | None:
    """The version that the lock asks for, or else the Pipfile."""
    lock = table(_lock(folder), "_meta", "requires")
    for asked in (lock, table(read_toml(folder / "Pipfile"), "requires")):
        for key in ("python_full_version", "python_version"):
            if found := re.match(r"\d+(\.\d+)*", str(asked.get(key, ""))):
                return found.group()
    return None


def pipfile_requirements(folder: Path) -> PipfileRequirements:
    """What the lock says, packages for development as well, or else the Pipfile.

    Local packages are relative to the repository, of which `folder` is a relative path.
    """
    lock = _lock(folder)
    if lock:
        sources = table(lock, "_meta").get("sources", [])
        groups = [table(lock, "default"), table(lock, "develop")]
    else:
        pipfile = read_toml(folder / "Pipfile")
        sources = pipfile.get("source", [])
        groups = [table(pipfile, "packages"), table(pipfile, "dev-packages")]
    packages: dict[str, Any] = {**groups[1], **groups[0]}
    lines = list(_indexes(sources))
    for name, wanted in sorted(packages.items()):
        lines.append(
            _line(name, wanted if isinstance(wanted, dict) else {"version": wanted}, folder)
        )
    is_local = any(isinstance(each, dict) and _path(each) for each in packages.values())
    return PipfileRequirements(lines, is_locked=bool(lock), is_local=is_local)


def _lock(folder: Path) -> dict[str, Any]:
    path = folder / "Pipfile.lock"
    if not path.exists():
        return {}
    try:
        return table(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise FetchFailed(f"{path} is not valid JSON: {error}.") from None


def _indexes(sources: Any) -> Iterator[str]:
    addresses = [str(source["url"]) for source in sources if "url" in source]
    for option, address in zip(
        ("--index-url", *["--extra-index-url"] * 50), addresses, strict=False
    ):
        if address.rstrip("/") != PYPI:
            yield f"{option} {address}"


def _path(wanted: dict[str, Any]) -> str | None:
    path = wanted.get("path") or wanted.get("file")
    return None if path is None or "://" in str(path) else str(path)


def _line(name: str, wanted: dict[str, Any], folder: Path) -> str:
    extras = f"[{','.join(wanted['extras'])}]" if wanted.get("extras") else ""
    markers = [str(wanted["markers"])] if wanted.get("markers") else []
    markers += [f"{marker} {wanted[marker]}" for marker in _MARKERS if marker in wanted]
    end = f" ; {' and '.join(f'({marker})' for marker in markers)}" if markers else ""
    if path := _path(wanted):
        place = "./" + posixpath.normpath(posixpath.join(folder.as_posix(), path))
        return f"{'-e ' if wanted.get('editable') else ''}{place}{extras}"
    if address := wanted.get("file"):
        return f"{name}{extras} @ {address}{end}"
    if address := wanted.get("git"):
        ref = f"@{wanted['ref']}" if wanted.get("ref") else ""
        folder_in = f"#subdirectory={wanted['subdirectory']}" if wanted.get("subdirectory") else ""
        address = address if address.startswith("git+") else f"git+{address}"
        return f"{name}{extras} @ {address}{ref}{folder_in}{end}"
    version = str(wanted.get("version", "*"))
    hashes = "".join(f" --hash={each}" for each in wanted.get("hashes", []))
    return f"{name}{extras}{'' if version == '*' else version}{end}{hashes}"
