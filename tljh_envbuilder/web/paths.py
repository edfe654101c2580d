"""Values out of paths: what cannot be a name or an id is not there."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.errors import NotFound
from tljh_envbuilder.models.registry import RegistryHost
from tljh_envbuilder.models.types import EnvironmentName, ServerName

#: The largest id that both databases hold.
MAX_ID = 2**63 - 1

_ENVIRONMENT_NAME: TypeAdapter[str] = TypeAdapter(EnvironmentName)
_SERVER_NAME: TypeAdapter[str] = TypeAdapter(ServerName)
_REGISTRY: TypeAdapter[str] = TypeAdapter(RegistryHost)


def environment_name_in(raw: str) -> str:
    """The name of an environment."""
    return _checked(_ENVIRONMENT_NAME, raw, "There is no such environment.")


def server_name_in(raw: str) -> str:
    """The name of a named server; empty for the default one."""
    return _checked(_SERVER_NAME, raw, "You have no such server.")


def registry_in(raw: str) -> str:
    """The host of a registry, with its port where it has one."""
    return _checked(_REGISTRY, raw, "There is no such registry.")


def build_id_in(raw: str) -> int:
    """The id of a build."""
    if not raw.isascii() or not raw.isdigit() or len(raw) > 19 or int(raw) > MAX_ID:
        raise NotFound("There is no such build.")
    return int(raw)


def _checked(adapter: TypeAdapter[str], raw: str, otherwise: str) -> str:
    try:
        return adapter.validate_python(raw)
    except ValidationError:
        raise NotFound(otherwise) from None
