"""What a user chooses, checked the same way wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from tljh_envbuilder.models.launch import Choice
from tljh_envbuilder.spawner.errors import StartError
from tljh_envbuilder.spawner.own_size import OwnSize

#: What a form has for each environment, as in `profile:<environment>`.
_OF_ENVIRONMENT = ("profile:", "own:", "memory:", "cpus:")


class UserOptions(Choice):
    """All that `user_options` may hold; the service says which image and limits it means."""


def parse_user_options(options: Mapping[str, Any]) -> UserOptions:
    """Raises StartError for what is no choice, or more than that.

    A choice is an environment, perhaps one of its builds, and a profile or a size of one's own.
    """
    try:
        return UserOptions.model_validate(dict(options))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        problems.sort(key=lambda problem: problem["type"] != "extra_forbidden")
        kind, field = problems[0]["type"], str((*problems[0]["loc"], "")[0])
        raise StartError(400, _sentence(kind, field)) from None


def options_from_form(form: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The `user_options` of a form or of a query string, where each field is a list.

    The form has a list of profiles for each environment, named `profile:<environment>`, so that a
    wrong pair cannot be chosen; programs may write `profile`. With `own:<environment>` the size in
    `memory:<environment>` (GiB) and `cpus:<environment>` is meant instead.
    """
    repeated = [name for name, values in form.items() if len(values) != 1]
    if repeated:
        raise StartError(400, f"{_quoted(repeated[0])} must be given once.")
    fields = {name: values[0] for name, values in form.items() if name != "_xsrf"}
    options = {
        name: value for name, value in fields.items() if not name.startswith(_OF_ENVIRONMENT)
    }
    own = OwnSize.typed(fields)
    of_choice = f"profile:{options.get('environment')}"
    if own is not None:
        options.update(_size(own))
    elif of_choice in fields:
        options.setdefault("profile", fields[of_choice])
    if options.get("profile") == "":
        del options["profile"]
    return parse_user_options(options).user_options()


def _size(own: OwnSize) -> dict[str, Any]:
    """The limits that were typed. Raises StartError."""
    size = own.size()
    if size is None:
        raise StartError(
            400, "A size of your own needs memory in GiB, a number of cores, or both, such as 1.5."
        )
    return size.model_dump(exclude_none=True)


def _sentence(kind: str, field: str) -> str:
    if kind == "extra_forbidden":
        *options, last = sorted(UserOptions.model_fields)
        return (
            f"{_quoted(field)} cannot be chosen: the options of a server are "
            f"{', '.join(options)} and {last}."
        )
    if kind == "missing":
        return "Choose an environment to start the server from."
    if kind == "string_type":
        return f"The {field} must be given by its name, as a string."
    if field in {"mem_limit", "cpu_limit"}:
        return f"The {field} is no size: memory is given in bytes, CPU in cores."
    if not field:
        return "Choose a machine or a size of your own, not both."
    return f"There is no {field} of that name."


def _quoted(name: str) -> str:
    return repr(name if len(name) <= 50 else f"{name[:50]}…")
