"""Who is asking, and what the presented token allows."""

from __future__ import annotations

from enum import Enum

from tljh_envbuilder.models.base import Frozen


class Scope(str, Enum):
    """Scopes that this service knows."""

    ADMIN = "custom:envbuilder:admin"
    BUILD = "custom:envbuilder:build"
    HUB_ADMIN = "admin-ui"


class Caller(Frozen):
    """A person or program, with the authority of the token it presented, not of its owner."""

    name: str
    kind: str = "user"
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether everything is allowed."""
        return bool(self.scopes & {Scope.ADMIN.value, Scope.HUB_ADMIN.value})

    @property
    def may_build(self) -> bool:
        """Whether the caller may add environments and manage its own."""
        return self.is_admin or Scope.BUILD.value in self.scopes
