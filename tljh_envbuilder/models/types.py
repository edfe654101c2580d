"""Types of the values that arrive from outside: each refuses what it must, once, at the edge."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

MEBIBYTE = 2**20

# The engine refuses less memory than this, and no machine has more than the upper bound.
MIN_MEM_LIMIT = 6 * MEBIBYTE
MAX_MEM_LIMIT = 2**50
MIN_CPU_LIMIT = 0.01
MAX_CPU_LIMIT = 1024


def printable(value: str) -> str:
    """Refuse control, format (bidirectional overrides, zero width) and unassigned characters."""
    if any(unicodedata.category(character).startswith("C") for character in value):
        raise ValueError("must not contain control or invisible characters")
    return value


def _text(value: str) -> str:
    """As `printable`, with line breaks and tabs allowed."""
    printable(value.replace("\n", "").replace("\r", "").replace("\t", ""))
    return value


def _git_ref(value: str) -> str:
    """Refuse what git refuses in a ref, and what it could take for an option or an expression.

    The rules are those of git-check-ref-format(1), in ASCII, plus: no leading `-`.
    """
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("must be printable ASCII without spaces")
    if value.startswith("-"):
        raise ValueError("must not start with '-'")
    if re.search(r"[~^:?*\[\\]|\.\.|@\{|//", value) or value == "@":
        raise ValueError("must be a branch, a tag or a commit, not a git expression")
    if value.startswith("/") or value.endswith(("/", ".")):
        raise ValueError("must not start with '/' nor end with '/' or '.'")
    if any(part.startswith(".") or part.endswith(".lock") for part in value.split("/")):
        raise ValueError("no part of a ref starts with '.' or ends with '.lock'")
    return value


def _whole_number(value: Any) -> Any:
    """Take JSON's integers only: no strings, no booleans; `1e9` is a whole number in JSON."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number of bytes")
    return value


EnvironmentName = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=63, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
    ),
    Field(
        description="Lower-case letters, digits and hyphens: part of addresses and image names.",
        examples=["data-science-101"],
    ),
]

GitRef = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=255),
    AfterValidator(_git_ref),
    Field(description="A branch, a tag or a commit.", examples=["HEAD", "main", "v1.2"]),
]

BuildId = Annotated[int, Field(ge=1, le=2**63 - 1, description="Number of a build.")]

ServerName = Annotated[
    str,
    StringConstraints(strict=True, max_length=63, pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]*)?$"),
    Field(description="Name of a named server; empty for the default server."),
]

ProfileLabel = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=100),
    AfterValidator(printable),
    Field(description="Label of a machine profile.", examples=["Small"]),
]

HubName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=255),
    AfterValidator(printable),
    Field(description="Name of a user or a group, as the Hub has it."),
]

DisplayName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(printable),
]

Description = Annotated[str, StringConstraints(strict=True, max_length=2000), AfterValidator(_text)]

MemLimit = Annotated[
    int,
    BeforeValidator(_whole_number, json_schema_input_type=int),
    Field(ge=MIN_MEM_LIMIT, le=MAX_MEM_LIMIT, description="Memory in bytes."),
]

CpuLimit = Annotated[
    float,
    Field(
        strict=True,
        ge=MIN_CPU_LIMIT,
        le=MAX_CPU_LIMIT,
        allow_inf_nan=False,
        description="CPU in cores.",
    ),
]


def _server_path(value: str) -> str:
    """Refuse what could lead away from the user's own server."""
    if not re.fullmatch(r"/[!-~]*", value) or re.search(r"//|\\|#|(^|/)\.\.?(/|$|\?)", value):
        raise ValueError("must be a path on the server, such as /lab or /rstudio")
    return value


def _not_the_hubs(value: str) -> str:
    if value.upper().startswith(("JUPYTERHUB_", "JPY_")):
        raise ValueError("names that start with JUPYTERHUB_ or JPY_ are the Hub's")
    return value


DefaultUrl = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=500),
    AfterValidator(_server_path),
    Field(
        description="Where a server opens, as a path on it.",
        examples=["/lab", "/rstudio", "/vscode", "/desktop", "/lab/tree/course/first.ipynb"],
    ),
]

BuildArgName = Annotated[
    str, StringConstraints(strict=True, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
]
BuildArgValue = Annotated[
    str, StringConstraints(strict=True, max_length=2000), AfterValidator(printable)
]

EnvVarName = Annotated[
    str,
    StringConstraints(strict=True, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"),
    AfterValidator(_not_the_hubs),
]
EnvVarValue = Annotated[str, StringConstraints(strict=True, max_length=2000), AfterValidator(_text)]
