"""The folders that workers work in, as the service makes, watches and takes them over."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from tljh_envbuilder.errors import ConfigurationError, FetchFailed
from tljh_envbuilder.fetch.messages import CONTEXT_NAME


def ensure_work_dir(path: Path) -> None:
    """Make the folder that holds the others; workers may pass through it, and nothing more."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o711, parents=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"{path} is not a folder of the service's own: remove it, or set Fetcher.work_dir."
        )
    path.chmod(0o711)


def make_folder(folder: Path, uid: int, gid: int) -> None:
    """Make an empty folder for the worker alone, whatever an earlier worker left there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.chown(folder, uid, gid)


def give(folder: Path, uid: int, gid: int) -> None:
    """Make the folder and all in it somebody else's."""
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(path, name), uid, gid, follow_symlinks=False)
    os.chown(folder, uid, gid)


def take_over(folder: Path) -> Path:
    """Take the context out of the worker's reach; a link to a file of ours is not one."""
    os.chown(folder, os.geteuid(), os.getegid())
    context = folder / CONTEXT_NAME
    found = context.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise FetchFailed("The fetch worker left no usable context: tell the operator.")
    os.chown(context, os.geteuid(), os.getegid())
    return context


def size_of(folder: Path) -> int:
    """Bytes that a folder takes on disk; what vanishes meanwhile takes none."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_blocks * 512
    return size
