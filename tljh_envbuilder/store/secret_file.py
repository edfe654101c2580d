"""Secrets of the service's own, in files that nobody else may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from tljh_envbuilder.errors import ConfigurationError

SIZE = 32


def kept_secret(path: Path) -> bytes:
    """The 32 bytes in this file, which is made if it is not there; whole or not at all."""
    try:
        if not path.exists():
            new = path.with_name(f"{path.name}.new")
            new.touch(mode=0o600)
            new.write_bytes(secrets.token_bytes(SIZE))
            os.replace(new, path)
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be used: {error.strerror}.") from None
    if len(secret) != SIZE:
        raise ConfigurationError(f"{path} does not hold {SIZE} bytes: restore it, or remove it.")
    return secret
