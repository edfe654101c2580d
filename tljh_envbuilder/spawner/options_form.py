"""The form in which a user chooses an environment and a machine; it works without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from tljh_envbuilder.models.launch import LaunchChoice, LaunchOptions, Profile

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_options_form(
    options: LaunchOptions, *, last_choice: dict[str, Any], environments_url: str
) -> str:
    """HTML for the Hub to put inside its own `<form>`; `last_choice` is where it starts."""
    names = [choice.name for choice in options.environments]
    last = last_choice.get("environment")
    return _templates.get_template("options_form.html").render(
        choices=options.environments,
        profiles={choice.name: _profiles(choice, options) for choice in options.environments},
        selected=last if last in names else next(iter(names), None),
        last_profile=last_choice.get("profile"),
        environments_url=environments_url,
        describe_size=describe_size,
    )


def render_problem(message: str) -> str:
    """HTML that says why there is nothing to choose from."""
    return _templates.get_template("options_problem.html").render(message=message)


def _profiles(choice: LaunchChoice, options: LaunchOptions) -> list[Profile]:
    return [profile for profile in options.profiles if profile.label in choice.profiles]


def describe_size(mem_limit: int | None, cpu_limit: float | None) -> str:
    """A size as a person says it: `2 GB · 1 CPU`; empty without limits."""
    parts = []
    if mem_limit is not None:
        parts.append(_memory(mem_limit))
    if cpu_limit is not None:
        parts.append(f"{cpu_limit:g} CPU{'' if cpu_limit == 1 else 's'}")
    return " · ".join(parts)


def _memory(size: int) -> str:
    """In units of 1024, which is what the Hub's `2G` means."""
    for unit, factor in (("TB", 2**40), ("GB", 2**30)):
        if size >= factor:
            return f"{round(size / factor, 1):g} {unit}"
    return f"{round(size / 2**20):d} MB"
