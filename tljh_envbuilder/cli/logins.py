"""This user's logins for registries, where Docker and Podman keep them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from tljh_envbuilder.engine.registry_auth import Login, login_in
from tljh_envbuilder.errors import ConfigurationError


def own_login(registry: str) -> Login | None:
    """The login of `docker login` or `podman login`, also one that a credential helper keeps.

    Raises ConfigurationError for a file that makes no sense and a helper that fails. One that is
    not installed keeps nothing: the file that names it may have come from another machine.
    """
    for file in _files():
        if login := _of_helper(file, registry) or login_in(str(file), registry):
            return login
    return None


def _files() -> list[Path]:
    """The files that there are; of two with a login the first one counts."""
    env, config = os.environ, Path.home() / ".config"
    known = [
        Path(env.get("DOCKER_CONFIG") or Path.home() / ".docker", "config.json"),
        # containers-auth.json(5)
        Path(env.get("REGISTRY_AUTH_FILE", "")),
        Path(env.get("XDG_RUNTIME_DIR") or config, "containers/auth.json"),
        config / "containers/auth.json",
    ]
    return [path for path in known if path.is_file()]


def _of_helper(file: Path, registry: str) -> Login | None:
    """https://github.com/docker/docker-credential-helpers has the protocol."""
    named = _stores(file)
    if not named:
        return None
    # Importing it takes a third of a second, and few have a helper.
    from docker.auth import AuthConfig
    from docker.errors import DockerException

    stores = AuthConfig(named)
    helper = stores.get_credential_store(registry)
    if helper is None or shutil.which(f"docker-credential-{helper}") is None:
        return None
    try:
        found: dict[str, str] | None = stores.resolve_authconfig(registry)
    except (DockerException, ValueError, LookupError) as error:
        raise ConfigurationError(
            f"docker-credential-{helper}, which {file} names, gives no login for {registry}: "
            f"{error}."
        ) from None
    return {key.lower(): value for key, value in found.items()} if found else None


def _stores(file: Path) -> dict[str, Any]:
    """The part of the file that names helpers; `login_in` tells what is wrong with the rest."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {key: content[key] for key in ("credsStore", "credHelpers") if content.get(key)}
    except (OSError, ValueError, AttributeError):
        return {}
