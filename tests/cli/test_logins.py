"""Where the command line finds the logins of whoever uses it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tljh_envbuilder.cli.logins import own_login
from tljh_envbuilder.errors import ConfigurationError

# Speaks the protocol of docker-credential-helpers: the address comes by stdin.
HELPER = """\
#!/bin/sh
read -r address
case "$1 $address" in
  "get registry.example.org") echo '{"Username": "me", "Secret": "kept"}' ;;
  "get https://index.docker.io/v1/") echo '{"Username": "<token>", "Secret": "a token"}' ;;
  "get locked.example.org") echo 'the keychain is locked'; exit 1 ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
"""
KEPT = {"username": "me", "password": "kept", "serveraddress": "registry.example.org"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, with a helper on the path."""
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    helper = tmp_path / "bin/docker-credential-test"
    helper.parent.mkdir()
    helper.write_text(HELPER)
    helper.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{helper.parent}:/usr/bin:/bin")
    return tmp_path


def save(path: Path, content: dict[str, Any]) -> Path:
    """Write a file of logins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def of(user: str) -> dict[str, str]:
    """An entry with a login."""
    return {"auth": base64.b64encode(f"{user}:secret".encode()).decode()}


@pytest.mark.parametrize(
    "config",
    [
        {"auths": {"registry.example.org": {}}, "credsStore": "test"},
        {"credHelpers": {"registry.example.org": "test"}},
        {"credsStore": "absent", "credHelpers": {"registry.example.org": "test"}},
    ],
)
def test_a_helper_is_asked(home: Path, config: dict[str, Any]) -> None:
    save(home / ".docker/config.json", config)
    assert own_login("registry.example.org") == KEPT
    assert own_login("other.example.org") is None


def test_docker_hub_has_an_address_of_its_own_and_tokens(home: Path) -> None:
    save(home / ".docker/config.json", {"credsStore": "test"})
    token = {"identitytoken": "a token", "serveraddress": "https://index.docker.io/v1/"}
    assert own_login("docker.io") == token


def test_a_helper_that_fails_says_why_and_one_that_is_absent_keeps_nothing(home: Path) -> None:
    config = {"auths": {"other.example.org": of("me")}, "credsStore": "test"}
    save(home / ".docker/config.json", config)
    with pytest.raises(ConfigurationError, match=r"docker-credential-test.*keychain is locked"):
        own_login("locked.example.org")
    login = own_login("other.example.org")
    assert login is not None
    assert login["username"] == "me"
    save(home / ".docker/config.json", {**config, "credsStore": "absent"})
    assert own_login("other.example.org") == login
    assert own_login("registry.example.org") is None


def test_the_files_of_docker_and_podman_are_read_in_order(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def user() -> str:
        login = own_login("example.org")
        return login["username"] if login else "nobody"

    assert user() == "nobody"
    save(home / ".config/containers/auth.json", {"auths": {"example.org": of("podman at home")}})
    assert user() == "podman at home"
    save(home / "run/containers/auth.json", {"auths": {"example.org": of("podman")}})
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    assert user() == "podman"
    file = save(home / "auth.json", {"auths": {"example.org": of("file")}})
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))
    assert user() == "file"
    save(home / ".docker/config.json", {"auths": {"example.org": of("docker")}})
    assert user() == "docker"
    save(home / "d/config.json", {"auths": {"example.org": of("elsewhere")}})
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "d"))
    assert user() == "elsewhere"
