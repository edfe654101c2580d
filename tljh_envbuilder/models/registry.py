"""Registries of images, and the logins that are kept for them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from tljh_envbuilder.models.base import Frozen, Request
from tljh_envbuilder.models.credentials import Password, Username

REGISTRY_HOST = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?"
)

RegistryHost = Annotated[
    str,
    StringConstraints(
        strict=True,
        min_length=1,
        max_length=255,
        to_lower=True,
        pattern=rf"^({REGISTRY_HOST.pattern})$",
    ),
    Field(description="Host, and port if need be, of a registry, as in the names of its images."),
]


class RegistryLogin(Request):
    """A user and a password, or better a token, for one registry."""

    username: Username
    password: Password


class BoundLogin(Frozen):
    """A login with the one registry that it is for: what is encrypted."""

    registry: str
    username: str
    password: str = Field(repr=False)

    def login(self) -> RegistryLogin:
        """The login again."""
        return RegistryLogin(username=SecretStr(self.username), password=SecretStr(self.password))


class RegistryDetail(Frozen):
    """A registry that this service has a login for, or pushes to."""

    registry: str
    namespace: str | None = Field(
        description="What images that are pushed there are named under; null where none are."
    )
    has_login: bool = Field(description="Whether a login is kept, beside the configuration file's.")


class RegistryList(Frozen):
    """The registries, by name."""

    items: list[RegistryDetail]
