"""apt.txt: Debian packages that an environment needs, one on a line."""

from __future__ import annotations

import re
from pathlib import Path

from tljh_envbuilder.errors import FetchFailed

# A name, or a name and a version. Nothing else may get into a command line.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]*(=[A-Za-z0-9.+:~-]+)?")


def apt_packages(path: Path) -> list[str]:
    """The packages that the file names, sorted; raises FetchFailed for a line that is no name."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    packages = {line.partition("#")[0].strip() for line in lines} - {""}
    for package in sorted(packages):
        if not _PACKAGE.fullmatch(package):
            raise FetchFailed(
                f"The line '{package[:100]}' in {path} is not the name of a Debian package: write "
                "one name on each line."
            )
    return sorted(packages)
