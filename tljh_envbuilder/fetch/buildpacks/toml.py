"""Reading TOML, with a sentence for what is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tljh_envbuilder.errors import FetchFailed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read_toml(path: Path) -> dict[str, Any]:
    """What the file says; nothing where there is no file. Raises FetchFailed."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FetchFailed(f"{path} is not valid TOML: {error}.") from None


def table(found: Any, *names: str) -> dict[str, Any]:
    """The table at the end of the names; an empty one where there is none."""
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
