"""Values out of paths: what cannot be a name or an id is not there."""

from __future__ import annotations

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.errors import NotFound
from tljh_envbuilder.models.registry import RegistryHost
from tljh_envbuilder.models.types import BuildId, EnvironmentName, ServerName

#: The parameters that paths have, and of which type they are.
PARAMETERS: dict[str, TypeAdapter[Any]] = {
    "id": TypeAdapter(BuildId),
    "name": TypeAdapter(EnvironmentName),
    "registry": TypeAdapter(RegistryHost),
    "server_name": TypeAdapter(ServerName),
}


def environment_name_in(raw: str) -> str:
    """The name of an environment."""
    return str(_checked("name", raw, "There is no such environment."))


def server_name_in(raw: str) -> str:
    """The name of a named server; empty for the default one."""
    return str(_checked("server_name", raw, "You have no such server."))


def registry_in(raw: str) -> str:
    """The host of a registry, with its port where it has one."""
    return str(_checked("registry", raw, "There is no such registry."))


def build_id_in(raw: str) -> int:
    """The id of a build."""
    # As digits alone: in Python "+1" and "1_0" are numbers as well.
    number = int(raw) if re.fullmatch("[0-9]{1,19}", raw) else None
    return int(_checked("id", number, "There is no such build."))


def _checked(parameter: str, value: object, otherwise: str) -> Any:
    try:
        return PARAMETERS[parameter].validate_python(value)
    except ValidationError:
        raise NotFound(otherwise) from None
