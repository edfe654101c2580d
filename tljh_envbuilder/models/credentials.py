"""What opens a private repository: a user and a token, or an SSH key. Nobody is ever shown it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote, unquote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    SerializationInfo,
    field_serializer,
    model_validator,
)

from tljh_envbuilder.errors import InvalidRequest
from tljh_envbuilder.models.base import Request
from tljh_envbuilder.models.repository import scheme_of
from tljh_envbuilder.models.types import printable

#: Context of a serialization that is to contain the secrets: for the vault and for git alone.
REVEALED = "revealed"

_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"
# The user and password that may stand before the last '@' of an address's host.
_ADDRESS = re.compile(r"(?P<scheme>https?://)(?P<login>[^/?#]+)@(?P<rest>.*)", re.I | re.S)
# GitHub's way to write a token where a user is expected.
_NO_PASSWORD = {"", "x-oauth-basic"}


def _line(value: SecretStr) -> SecretStr:
    printable(value.get_secret_value())
    return value


def _user(value: SecretStr) -> SecretStr:
    if ":" in value.get_secret_value():
        raise ValueError("must not contain ':'")
    return _line(value)


def _private_key(value: SecretStr) -> SecretStr:
    """A key as ssh wants it, which is particular about ends of lines and about PEM."""
    text = "\n".join(line.strip() for line in value.get_secret_value().strip().splitlines()) + "\n"
    try:
        if text.startswith(_OPENSSH):
            load_ssh_private_key(text.encode(), None)
            return SecretStr(text)
        key = load_pem_private_key(text.encode(), None)
        return SecretStr(
            key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
        )
    except TypeError:
        raise ValueError(
            "is protected by a passphrase, which nobody is there to enter: use a key without one"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            f"must be a whole private key, from '{_OPENSSH}' to its END line, not the public one"
        ) from None


Username = Annotated[SecretStr, Field(min_length=1, max_length=255), AfterValidator(_user)]
Password = Annotated[SecretStr, Field(max_length=4096), AfterValidator(_line)]
SshKey = Annotated[SecretStr, Field(max_length=16384), AfterValidator(_private_key)]


class Credentials(Request):
    """A user and a password or token for an https address, or a private key for an ssh one."""

    username: Username | None = None
    password: Password | None = Field(
        None, description="A password, or better a token that may only read."
    )
    ssh_key: SshKey | None = Field(
        None, description="A private key in OpenSSH's or PEM format, without a passphrase."
    )
    remember: bool = Field(
        False, description="Keep them, encrypted, for later builds; else they are for one build."
    )

    @model_validator(mode="after")
    def _one_of_two_kinds(self) -> Credentials:
        login, key = (self.username, self.password), (self.ssh_key,)
        for wanted, unwanted in ((login, key), (key, login)):
            if None not in wanted and not any(unwanted):
                return self
        raise ValueError("must have either username and password, or ssh_key")

    @field_serializer("username", "password", "ssh_key", when_used="json")
    def _hidden_unless_revealed(self, value: SecretStr | None, info: SerializationInfo) -> Any:
        if info.context == REVEALED and value is not None:
            return value.get_secret_value()
        return None if value is None else str(value)

    def require_fit(self, repo_url: str) -> None:
        """Raise InvalidRequest unless this address can be opened with credentials of this kind."""
        scheme = scheme_of(repo_url)
        if scheme in ("https", "http"):
            problem = None if self.ssh_key is None else "an https address needs a user and a token"
        elif scheme == "ssh":
            problem = None if self.ssh_key is not None else "an ssh address needs an SSH key"
        else:
            problem = f"{scheme} addresses know no credentials"
        if problem is not None:
            raise InvalidRequest.for_field("credentials", f"The credentials do not fit: {problem}.")

    def traces(self) -> Iterator[str]:
        """The secret in each form in which a host could send it back."""
        if self.ssh_key is not None:
            yield self.ssh_key.get_secret_value()
        if self.username is None or self.password is None:
            return
        user, password = self.username.get_secret_value(), self.password.get_secret_value()
        yield b64encode(f"{user}:{password}".encode()).decode()
        for secret in (user, password) if password in _NO_PASSWORD else (password,):
            yield from filter(None, (secret, quote(secret, safe="")))


def split_address(data: Any) -> Any:
    """Take the user and the password that are typed into `repo_url` out of it.

    They become `credentials`, so that from here on nothing that handles addresses has a secret.
    """
    if not isinstance(data, dict) or not isinstance(data.get("repo_url"), str):
        return data
    typed = _ADDRESS.fullmatch(data["repo_url"])
    if typed is None:
        return data
    if data.get("credentials") is not None:
        raise ValueError("there are credentials in the address and beside it: leave out one")
    username, _, password = map(unquote, typed["login"].partition(":"))
    return {
        **data,
        "repo_url": typed["scheme"] + typed["rest"],
        "credentials": {"username": username, "password": password},
    }
