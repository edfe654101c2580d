"""What is done to a fresh checkout before anything reads it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tljh_envbuilder.errors import FetchFailed

_BINDER_FOLDERS = ("binder", ".binder")


def commit_of(checkout: Path) -> tuple[str, int]:
    """The full commit that is checked out, and its time in seconds since the epoch."""
    shown = subprocess.run(
        ["git", "show", "--no-patch", "--format=%H %ct", "HEAD"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    commit, time = shown.stdout.split()
    return commit, int(time)


def remove_git_folder(checkout: Path) -> None:
    """Remove `.git`: it is as large as the files, and may hold what no image should."""
    shutil.rmtree(checkout / ".git")


def refuse_links_out(checkout: Path) -> None:
    """Refuse symbolic links through which buildpacks would read files of this machine.

    Buildpacks open files at the top of the repository and of its binder folder. Other links are
    harmless, as the context keeps them as links.
    """
    for name in _BINDER_FOLDERS:
        _refuse_if_out(checkout / name, checkout)
    for folder in (checkout, *(checkout / name for name in _BINDER_FOLDERS)):
        if folder.is_dir():
            for path in folder.iterdir():
                if os.path.exists(path) and not os.path.isdir(path):
                    _refuse_if_out(path, checkout)


def _refuse_if_out(path: Path, checkout: Path) -> None:
    inside = os.path.realpath(checkout)
    target = os.path.realpath(path)
    if os.path.commonpath([inside, target]) != inside:
        raise FetchFailed(
            f"The repository's '{path.relative_to(checkout)}' is a symbolic link that leads out "
            "of the repository: replace it with what it stands for."
        )
