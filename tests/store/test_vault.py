"""The keys that encrypt: where they come from, and how one is replaced by another."""

from __future__ import annotations

import secrets
import stat
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.store.vault import KEY_FILE, CannotDecrypt, Vault

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_CRYPT_KEY", raising=False)


def test_a_key_is_generated_for_its_owner_alone(tmp_path: Path) -> None:
    encrypted = Vault(tmp_path).encrypt(b"secret")
    assert b"secret" not in encrypted
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert Vault(tmp_path).decrypt(encrypted) == b"secret"


@pytest.mark.parametrize(
    "key",
    [OLD, urlsafe_b64encode(bytes.fromhex(OLD)).decode(), "a key of thirty-two characters !"],
    ids=["hex", "base64", "text"],
)
@pytest.mark.parametrize("source", ["setting", "environment"])
def test_a_key_has_the_forms_that_jupyterhub_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, source: str
) -> None:
    if source == "environment":
        monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", key)
    vault = Vault(tmp_path, keys=[key] if source == "setting" else [])
    encrypted = vault.encrypt(b"secret")
    (tmp_path / KEY_FILE).unlink()
    assert Vault(tmp_path, keys=[key]).decrypt(encrypted) == b"secret"


@pytest.mark.parametrize("key", ["short", "z" * 64, "=" * 44, "é" * 20])
def test_what_is_no_key_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"^Vault\.keys has a key that is not") as raised:
        Vault(tmp_path, keys=[OLD, key])
    assert key not in raised.value.message
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", f"{OLD};{key}")
    with pytest.raises(ConfigurationError, match=r"^\$JUPYTERHUB_CRYPT_KEY has a key"):
        Vault(tmp_path)


def test_the_setting_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", OLD)
    encrypted = Vault(tmp_path, keys=[NEW]).encrypt(b"secret")
    with pytest.raises(CannotDecrypt):
        Vault(tmp_path).decrypt(encrypted)


def test_the_first_key_encrypts_and_all_decrypt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_old = Vault(tmp_path, keys=[OLD]).encrypt(b"secret")
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", f"{NEW};{OLD}")
    assert Vault(tmp_path).decrypt(with_old) == b"secret"
    with_new = Vault(tmp_path).encrypt(b"secret")
    assert Vault(tmp_path, keys=[NEW]).decrypt(with_new) == b"secret"


def test_what_an_older_key_has_encrypted_is_encrypted_anew(tmp_path: Path) -> None:
    generated = Vault(tmp_path).encrypt(b"secret")
    renewed = Vault(tmp_path, keys=[OLD]).renewed(generated)
    again = Vault(tmp_path, keys=[NEW, OLD]).renewed(renewed)
    assert Vault(tmp_path, keys=[NEW]).decrypt(again) == b"secret"
    assert Vault(tmp_path, keys=[NEW, OLD]).renewed(again) == again
    with pytest.raises(CannotDecrypt):
        Vault(tmp_path, keys=[OLD]).renewed(again)


def test_a_key_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(ConfigurationError, match=f"{KEY_FILE} does not hold 32 bytes"):
        Vault(tmp_path)
