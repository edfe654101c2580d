"""Runs in the container, as root, by whatever Python the image has: nothing of ours is there.

    python3 -c <this text> UID GID GROUPS USER HOME FOLDER REPOSITORY COMMAND...

Gives the image's user the caller's ids, so that what it writes belongs to the caller, and becomes
that user, in the caller's GROUPS (as 27,100) and the image's own. Files of REPOSITORY, if it is not
empty, are copied to FOLDER: it is not mounted then.
"""

import os
import shutil
import sys
from contextlib import suppress


def become_caller(uid: int, gid: int, user: str, home: str) -> None:
    """The home and the entry in the list of users are the caller's from now on."""
    old = os.stat(home).st_uid
    for folder, folders, names in os.walk(home):
        for path in [folder, *(os.path.join(folder, name) for name in (*folders, *names))]:
            with suppress(OSError):  # what is mounted read-only
                if os.lstat(path).st_uid == old:
                    os.lchown(path, uid, gid)
    # Programs such as ssh refuse to run for somebody who is not in the list.
    put_first("/etc/passwd", f"{user}:x:{uid}:{gid}::{home}:/bin/bash\n")


def put_first(path: str, entry: str) -> None:
    """The entry replaces the one of its name; the first one with an id counts."""
    name = entry.partition(":")[0]
    with open(path) as file:
        others = [line for line in file if line.partition(":")[0] != name]
    with open(path, "w") as file:
        file.writelines([entry, *others])


def has_group(gid: int) -> bool:
    """Whether the group has a name."""
    with open("/etc/group") as file:
        return any(line.split(":")[2:3] == [str(gid)] for line in file)


def bring_files(repository: str, folder: str, uid: int, gid: int) -> None:
    """A copy of the repository, if there is one, that the caller can work in."""
    os.makedirs(folder, exist_ok=True)
    if os.path.isdir(repository) and not os.listdir(folder):
        shutil.copytree(repository, folder, symlinks=True, dirs_exist_ok=True)
    for path, names, files in os.walk(folder):
        os.chown(path, uid, gid)
        for name in (*names, *files):
            os.lchown(os.path.join(path, name), uid, gid)


def main(*arguments: str) -> None:
    """Become the caller, and then the command."""
    user, home, folder, repository, *command = arguments[3:]
    uid, gid = int(arguments[0]), int(arguments[1])
    groups = [int(group) for group in arguments[2].split(",") if group]
    os.makedirs(home, exist_ok=True)
    if repository:
        bring_files(repository, folder, uid, gid)
    if uid != 0:
        if (os.stat(home).st_uid, os.stat(home).st_gid) != (uid, gid):
            become_caller(uid, gid, user, home)
        if not has_group(gid):
            put_first("/etc/group", f"{user}:x:{gid}:\n")
        os.setgroups(sorted({*groups, *os.getgrouplist(user, gid)}))
        os.setgid(gid)
        os.setuid(uid)
    os.environ.update(HOME=home, USER=user, LOGNAME=user)
    os.chdir(folder)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
