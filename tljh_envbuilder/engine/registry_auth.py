"""Logins for registries, from a Docker `config.json`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.models.reference import DOCKER_HUB

#: What the Engine API calls an AuthConfig.
Login = dict[str, str]

_DOCKER_HUB_HOSTS = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"}


def login_in(config_file: str, registry: str) -> Login | None:
    """The file's login for this registry, if it has one; raises ConfigurationError.

    An entry without a login only says that a credential helper has one.
    """
    for address, entry in _logins(config_file).items():
        if _host(address) != registry:
            continue
        login = _credentials(config_file, entry)
        if any(login.values()):
            return {**login, "serveraddress": address}
    return None


def as_header(login: Login) -> str:
    """The login as the value of X-Registry-Auth."""
    return base64.urlsafe_b64encode(json.dumps(login).encode()).decode()


def _logins(config_file: str) -> dict[str, dict[str, Any]]:
    if not config_file:
        return {}
    try:
        auths = json.loads(Path(config_file).read_text(encoding="utf-8")).get("auths", {})
        return {str(address): dict(login) for address, login in auths.items()}
    except OSError as error:
        raise _unusable(config_file, error.strerror or "cannot be read") from None
    except (ValueError, AttributeError, TypeError):
        # Their messages could show a part of the file.
        raise _unusable(config_file, "not a Docker config.json") from None


def _credentials(config_file: str, login: dict[str, Any]) -> dict[str, str]:
    if token := login.get("identitytoken"):
        return {"identitytoken": str(token)}
    if "auth" not in login:
        return {key: str(login.get(key, "")) for key in ("username", "password")}
    try:
        username, _, password = base64.b64decode(login["auth"]).decode().partition(":")
    except (ValueError, TypeError):
        raise _unusable(config_file, "an `auth` is not base64") from None
    return {"username": username, "password": password}


def _host(address: str) -> str:
    """The registry that an `auths` key is about: the keys are hosts or addresses."""
    host = urlsplit(address if "://" in address else f"//{address}").netloc
    return DOCKER_HUB if host in _DOCKER_HUB_HOSTS else host


def _unusable(config_file: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"The logins in {config_file} are unusable: {why}.")
