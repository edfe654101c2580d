"""From bytes to models: whatever arrives becomes a checked value or a clear error."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from tljh_envbuilder.errors import FieldError, InvalidRequest

Model = TypeVar("Model", bound=BaseModel)


def read_json(body: bytes, model: type[Model]) -> Model:
    """Parse a request's body; raises InvalidRequest."""
    try:
        value = json.loads(body or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return check(value, model)


def read_query(arguments: dict[str, list[bytes]], model: type[Model]) -> Model:
    """Parse a query string; of a name that is given twice the last value counts."""
    names = set(model.model_fields)
    try:
        value = {
            name: values[-1].decode()
            for name, values in arguments.items()
            if name in names and values
        }
    except UnicodeDecodeError:
        raise InvalidRequest("The query is not valid UTF-8.") from None
    return check(value, model)


def check(value: dict[str, Any], model: type[Model]) -> Model:
    """Make a model; raises InvalidRequest, which never repeats the value: it may hold a secret."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = [
            FieldError(".".join(str(part) for part in item["loc"]), _sentence(item["msg"]))
            for item in error.errors(include_input=False, include_url=False)
        ]
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    first = errors[0]
    raise InvalidRequest(f"{first.field or 'The request'}: {first.message}", errors=errors)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
