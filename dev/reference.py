"""Writes what is made from the code: tables of the documentation, and the contract for the pages.

The tables are those of settings, routes and commands; the types of the frontend are generated from
the contract. `python -m dev.reference` rewrites all; the tests fail when one is out of date.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from traitlets.config import Configurable

from tljh_envbuilder.app import EnvBuilder
from tljh_envbuilder.cli.exit_codes import ExitCode
from tljh_envbuilder.cli.main import command as cli
from tljh_envbuilder.spawner import EnvBuilderMixin, EnvBuilderSpawner
from tljh_envbuilder.web.openapi import openapi, operations
from tljh_envbuilder.web.routes import ROUTES

ROOT = Path(__file__).resolve().parent.parent

#: Where the contract is written, and the prefix it is written for: the usual one.
CONTRACT = "frontend/openapi.json"
PREFIX = "/services/envbuilder/"

#: Defaults that are another on each machine, in words.
DEFAULTS = {"PythonEnvironments.jupyterhub_version": "the Hub's own"}


def settings() -> str:
    """A table of all settings, with their defaults and what they mean."""
    rows = [
        f"| `{setting}` | {DEFAULTS.get(setting) or _default(trait)} | {_cell(trait.help)} |"
        for setting, trait in _settings()
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
        f"| `tljh-envbuilder {name}` | {_cell(command.get_short_help_str(200))} |"
        for name, command in _commands()
    ]
    return "\n".join(["| command | does |", "|---|---|", *rows])


def command_line() -> str:
    """All commands with what they say of themselves and their options, and the exit codes."""
    sections = [_command_section(name, command) for name, command in _commands()]
    codes = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    return "\n\n".join(
        [*sections, "## Exit codes", "\n".join(["| code | means |", "|---|---|", *codes])]
    )


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command
        yield name, command


def _command_section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"tljh-envbuilder {name}")
    usage = " ".join([f"tljh-envbuilder {name}", *command.collect_usage_pieces(context)])
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in filter(None, records) if text]
    table = ["\n".join(["| option | does |", "|---|---|", *rows])] if rows else []
    text = inspect.cleandoc(command.help or "")
    return "\n\n".join([f"## {name}", f"```\n{usage}\n```", text, *table])


TABLES = {
    "settings": (settings, ["README.md"]),
    "routes": (routes, ["docs/http-api.md"]),
    "commands": (commands, ["README.md"]),
    "command line": (command_line, ["docs/command-line.md"]),
}


def contract() -> str:
    """The contract, for people and programs to compare."""
    return json.dumps(openapi(ROUTES, PREFIX), indent=2, ensure_ascii=False) + "\n"


def rendered(path: str) -> str:
    """The text of a file with all that is made from the code as it should be."""
    if path == CONTRACT:
        return contract()
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
    """The files of which a part, or all, is made from the code."""
    return sorted({CONTRACT, *(path for _, paths in TABLES.values() for path in paths)})


def _settings() -> Iterator[tuple[str, Any]]:
    for owner in _configurables():
        for name, trait in sorted(_traits(owner).items()):
            yield f"{owner.__name__}.{name}", trait


def _configurables() -> Iterator[type[Configurable]]:
    for owner in (EnvBuilder, *EnvBuilder.classes, EnvBuilderMixin, EnvBuilderSpawner):
        if owner.__module__.startswith("tljh_envbuilder"):
            yield owner


def _traits(owner: type[Configurable]) -> dict[str, Any]:
    """The settings of a class: its own, and those of a base that is not in the table itself."""
    bases = {base for base in owner.mro()[1:] if base not in {EnvBuilderMixin}}
    return {
        name: trait
        for name, trait in owner.class_traits(config=True).items()
        if trait.this_class.__module__.startswith("tljh_envbuilder")
        and (trait.this_class is owner or trait.this_class in bases)
    }


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
