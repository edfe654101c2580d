"""Encryption for somebody who knows the same token: what an answer says is for nobody else."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken


def sealed(secret: str, token: str) -> str:
    """The secret, which only who has the token can read."""
    return _fernet(token).encrypt(secret.encode()).decode()


def unsealed(text: str, token: str) -> str:
    """The secret again; raises ValueError for another token."""
    try:
        return _fernet(token).decrypt(text.encode()).decode()
    except InvalidToken:
        raise ValueError("was sealed with another token") from None


def _fernet(token: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(b"tljh-envbuilder\0" + token.encode()).digest()))
