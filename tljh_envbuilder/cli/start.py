"""Runs in the container, as root, by whatever Python the image has: nothing of ours is there.

    python3 -c <this text> UID GID USER HOME FOLDER REPOSITORY COMMAND...

Gives the image's user the caller's ids, so that what it writes belongs to the caller, and becomes
that user. Without a mounted FOLDER the repository's files are copied there.
"""

import os
import shutil
import sys
from contextlib import suppress


def become_caller(uid: int, gid: int, user: str, home: str) -> None:
    """The home and the entry in the list of users are the caller's from now on."""
    old = os.stat(home).st_uid
    for folder, _, names in os.walk(home):
        for path in [folder, *(os.path.join(folder, name) for name in names)]:
            with suppress(OSError):  # what is mounted read-only
                if os.lstat(path).st_uid == old:
                    os.lchown(path, uid, gid)
    # Programs such as ssh refuse to run for somebody who is not in the list.
    with open("/etc/passwd") as file:
        entries = [line for line in file if line.split(":")[0] != user]
    with open("/etc/passwd", "w") as file:
        # The first entry with an id counts.
        file.write(f"{user}:x:{uid}:{gid}::{home}:/bin/bash\n")
        file.writelines(entries)


def bring_files(repository: str, folder: str, uid: int, gid: int) -> None:
    """A copy of the repository that the caller can work in."""
    os.makedirs(folder, exist_ok=True)
    if os.path.isdir(repository) and not os.listdir(folder):
        shutil.copytree(repository, folder, symlinks=True, dirs_exist_ok=True)
        for path, names, files in os.walk(folder):
            for name in (*names, *files):
                os.lchown(os.path.join(path, name), uid, gid)
        os.chown(folder, uid, gid)


def main(*arguments: str) -> None:
    """Become the caller, and then the command."""
    user, home, folder, repository, *command = arguments[2:]
    uid, gid = int(arguments[0]), int(arguments[1])
    if not os.path.ismount(folder):
        bring_files(repository, folder, uid, gid)
    if uid != 0:
        if (os.stat(home).st_uid, os.stat(home).st_gid) != (uid, gid):
            become_caller(uid, gid, user, home)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.environ.update(HOME=home, USER=user, LOGNAME=user)
    os.chdir(folder)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
