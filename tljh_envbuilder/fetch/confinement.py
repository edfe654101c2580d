"""What the worker takes from itself before it touches a repository."""

from __future__ import annotations

import os
import resource
import shlex
from pathlib import Path

from tljh_envbuilder.fetch.login import GIT_CONFIG, SSH_CONFIG
from tljh_envbuilder.fetch.messages import FetchRequest

MAX_OPEN_FILES = 1024

# No housekeeping in the background, where it could outlive the worker. `safe.directory` lets git
# read a local repository of somebody else, which only an operator can allow at all.
_GIT_CONFIG = """\
[advice]
    detachedHead = false
[core]
    hooksPath = /dev/null
[gc]
    auto = 0
[http]
    lowSpeedLimit = 1
    lowSpeedTime = 60
[include]
    path = {login}
[maintenance]
    auto = false
[safe]
    directory = *
"""


def confine(request: FetchRequest) -> None:
    """Limit this process and its children, and leave git no configuration but ours.

    The working directory becomes the home. GIT_ALLOW_PROTOCOL holds for submodules as well.
    """
    os.umask(0o077)
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_FSIZE, request.max_bytes),
    ):
        _, ceiling = resource.getrlimit(limit)
        value = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        resource.setrlimit(limit, (value, value))
    home = Path.cwd()
    os.environ.update(
        HOME=str(home),
        LC_ALL="C.UTF-8",
        GIT_ALLOW_PROTOCOL=":".join(request.allowed_protocols),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_SSH_COMMAND=f"ssh -F {shlex.quote(str(home / SSH_CONFIG))}",
        GIT_TERMINAL_PROMPT="0",
    )
    (home / ".gitconfig").write_text(_GIT_CONFIG.format(login=GIT_CONFIG), encoding="utf-8")
