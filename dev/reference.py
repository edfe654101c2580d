"""Writes the tables of the documentation that are made from the code: settings, routes, commands.

`python -m dev.reference` rewrites them; the tests fail when one is out of date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from traitlets.config import Configurable

from tljh_envbuilder.app import EnvBuilder, EnvBuilderCommand
from tljh_envbuilder.spawner import EnvBuilderMixin, EnvBuilderSpawner
from tljh_envbuilder.web.openapi import operations
from tljh_envbuilder.web.routes import ROUTES

ROOT = Path(__file__).resolve().parent.parent


def settings() -> str:
    """A table of all settings, with their defaults and what they mean."""
    rows = [
        f"| `{owner.__name__}.{name}` | {_default(trait)} | {_cell(trait.help)} |"
        for owner in _configurables()
        for name, trait in sorted(owner.class_own_traits(config=True).items())
    ]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def routes() -> str:
    """A table of all routes."""
    rows = [
        f"| `{method.upper()} {route.path}` | {described.summary} | {_answers(described.answers)} |"
        for route, method, described in operations(ROUTES)
    ]
    return "\n".join(["| method and path | does | answers |", "|---|---|---|", *rows])


def commands() -> str:
    """A table of all commands."""
    rows = [
        f"| `tljh-envbuilder {name}` | {_cell(summary)} |"
        for name, (_, summary) in EnvBuilderCommand.subcommands.items()
    ]
    return "\n".join(["| command | does |", "|---|---|", *rows])


TABLES = {
    "settings": (settings, ["README.md"]),
    "routes": (routes, ["docs/http-api.md"]),
    "commands": (commands, ["README.md"]),
}


def rendered(path: str) -> str:
    """The text of a file with all its tables as they should be."""
    text = (ROOT / path).read_text()
    for name, (make, paths) in TABLES.items():
        if path in paths:
            block = f"<!-- begin {name} -->\n{make()}\n<!-- end {name} -->"
            pattern = rf"<!-- begin {name} -->.*?<!-- end {name} -->"
            text, found = re.subn(pattern, lambda _, block=block: block, text, flags=re.DOTALL)
            if not found:
                raise ValueError(f"{path} has no place for the table of {name}")
    return text


def documented_files() -> list[str]:
    """The files that hold a table."""
    return sorted({path for _, paths in TABLES.values() for path in paths})


def _configurables() -> Iterator[type[Configurable]]:
    for owner in (EnvBuilder, *EnvBuilder.classes, EnvBuilderMixin, EnvBuilderSpawner):
        if owner.__module__.startswith("tljh_envbuilder"):
            yield owner


def _default(trait: Any) -> str:
    value = trait.default_value_repr()
    if isinstance(trait.default_value, set):
        value = "{" + ", ".join(sorted(map(repr, trait.default_value))) + "}"
    value = re.sub(r"^traitlets\.Undefined$|^<traitlets.*>$|^''$|^set\(\)$", "", value)
    return f"`{value}`" if value else ""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def _answers(answers: dict[int, Any]) -> str:
    return ", ".join(
        f"{status} {body.__name__}" if body is not None and body is not str else str(status)
        for status, body in answers.items()
    )


if __name__ == "__main__":
    for name in documented_files():
        (ROOT / name).write_text(rendered(name))
