"""Which SSH hosts this machine's operator vouches for."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path

from tljh_envbuilder.errors import ConfigurationError


def known_hosts(setting: str) -> str:
    """Text of the file that is set; else of the machine's, and the service user's own.

    Raises ConfigurationError for a file that is set and cannot be read.
    """
    if setting:
        try:
            return Path(setting).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ConfigurationError(
                f"Fetcher.known_hosts: {setting} cannot be read ({error.strerror})."
            ) from None
    paths = [Path("/etc/ssh/ssh_known_hosts")]
    with suppress(KeyError):  # a container's user may have no account
        paths.append(Path(pwd.getpwuid(os.geteuid()).pw_dir, ".ssh/known_hosts"))
    texts = []
    for path in paths:
        with suppress(OSError):
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    return "\n".join(texts)
