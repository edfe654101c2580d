"""Encryption of what must be kept and never shown."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from traitlets import List, Unicode
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.store.secret_file import kept_secret

KEY_VARIABLE = "JUPYTERHUB_CRYPT_KEY"
KEY_FILE = "credentials_key"


class CannotDecrypt(Exception):
    """None of the keys opens it."""


class Vault(LoggingConfigurable):
    """Encrypts with the first of its keys and decrypts with all of them.

    The generated key is always among them, so that an operator can set keys at any time.
    """

    keys = List(
        Unicode(),
        config=True,
        help="""Keys that encrypt the credentials of private repositories: 32 bytes each, in base64
        or hexadecimal (`openssl rand -hex 32`). The first one encrypts, all of them decrypt; at
        its start the service encrypts anew what an older one has encrypted. If empty: those in
        `$JUPYTERHUB_CRYPT_KEY`, separated by `;`, else a key generated in the state folder.""",
    )

    def __init__(self, state_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        generated = urlsafe_b64encode(kept_secret(state_dir / KEY_FILE))
        keys = [Fernet(key) for key in [*self._configured_keys(), generated]]
        self._newest = keys[0]
        self._all = MultiFernet(keys)

    def encrypt(self, plain: bytes) -> bytes:
        """What only this service can read."""
        return self._newest.encrypt(plain)

    def decrypt(self, encrypted: bytes) -> bytes:
        """What was encrypted with any of the keys; raises CannotDecrypt."""
        try:
            return self._all.decrypt(encrypted)
        except InvalidToken:
            raise CannotDecrypt from None

    def renewed(self, encrypted: bytes) -> bytes:
        """The same, encrypted with the first key; raises CannotDecrypt."""
        try:
            self._newest.decrypt(encrypted)
        except InvalidToken:
            return self.encrypt(self.decrypt(encrypted))
        return encrypted

    def _configured_keys(self) -> list[bytes]:
        if self.keys:
            return _fernet_keys(self.keys, "Vault.keys")
        return _fernet_keys(os.environ.get(KEY_VARIABLE, "").split(";"), f"${KEY_VARIABLE}")


def _fernet_keys(keys: Iterable[str], where: str) -> list[bytes]:
    """The keys as Fernet wants them; in the forms that JupyterHub takes, a raw one included."""
    try:
        return [urlsafe_b64encode(_raw(key.strip())) for key in keys if key.strip()]
    except ValueError:
        raise ConfigurationError(
            f"{where} has a key that is not 32 bytes in base64 or hexadecimal: make one with "
            "`openssl rand -hex 32`."
        ) from None


def _raw(key: str) -> bytes:
    raw = key.encode()
    if len(raw) == 64:
        raw = bytes.fromhex(key)
    elif len(raw) == 44:
        raw = urlsafe_b64decode(raw)
    if len(raw) != 32:
        raise ValueError("not a key")
    return raw
