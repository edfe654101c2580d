"""The form in which a user chooses an environment and a machine; it works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader

from tljh_envbuilder.models.launch import LaunchChoice, LaunchOptions, Profile
from tljh_envbuilder.spawner.form_texts import ENGLISH, Texts

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _Machine(NamedTuple):
    """A machine profile as an option of the form."""

    label: str
    text: str
    is_selected: bool


def render_options_form(
    options: LaunchOptions,
    *,
    last_choice: Mapping[str, Any],
    service_prefix: str,
    texts: Texts = ENGLISH,
) -> str:
    """HTML for the Hub to put inside its own `<form>`; `last_choice` is where it starts."""
    last = last_choice.get("environment")
    # What a user starts again and again is at hand, however many others there are.
    choices = sorted(options.environments, key=lambda choice: choice.name != last)
    return _templates.get_template("options_form.html").render(
        choices=choices,
        machines={
            choice.name: _machines(choice, options, last_choice.get("profile"), texts)
            for choice in choices
        },
        selected=choices[0].name if choices else None,
        last=last,
        service_prefix=service_prefix,
        texts=texts,
        describe_size=describe_size,
        describe_memory=_memory,
    )


def render_problem(message: str) -> str:
    """HTML that says why there is nothing to choose from."""
    return _templates.get_template("options_problem.html").render(message=message)


def _machines(
    choice: LaunchChoice, options: LaunchOptions, last: str | None, texts: Texts
) -> list[_Machine]:
    """The profiles that the environment allows; the last one used is selected, or the default."""
    profiles = [profile for profile in options.profiles if profile.label in choice.profiles]
    wanted = next(
        (profile for profile in profiles if profile.label == last),
        next((profile for profile in profiles if profile.default), None),
    )
    return [
        _Machine(profile.label, _describe(profile, choice, texts), profile is wanted)
        for profile in profiles
    ]


def _describe(profile: Profile, choice: LaunchChoice, texts: Texts) -> str:
    """A profile in one line, with the size that a server really gets."""
    size = describe_size(
        _smaller(profile.mem_limit, choice.mem_limit),
        _smaller(profile.cpu_limit, choice.cpu_limit),
        texts,
    )
    gpus = texts.gpus.format(count=profile.gpus) if profile.gpus else ""
    sizes = " · ".join(filter(None, [size, gpus]))
    start = f"{profile.label}: {sizes}" if sizes else profile.label
    return f"{start}, {profile.description}" if profile.description else start


def _smaller(one: float | None, other: float | None) -> Any:
    """Both are limits; None is no limit."""
    return min((limit for limit in (one, other) if limit is not None), default=None)


def describe_size(mem_limit: int | None, cpu_limit: float | None, texts: Texts = ENGLISH) -> str:
    """A size as a person says it: `2 GB · 1 CPU`; empty without limits."""
    parts = []
    if mem_limit is not None:
        parts.append(_memory(mem_limit, texts))
    if cpu_limit is not None:
        cores = f"{cpu_limit:g}".replace(".", texts.decimal)
        parts.append(f"{cores} {texts.cpu if cpu_limit == 1 else texts.cpus}")
    return " · ".join(parts)


def _memory(size: int, texts: Texts) -> str:
    """In units of 1024, which is what the Hub's `2G` means."""
    megabytes, gigabytes, terabytes = texts.units
    for unit, factor in ((terabytes, 2**40), (gigabytes, 2**30)):
        if size >= factor:
            return f"{round(size / factor, 1):g} {unit}".replace(".", texts.decimal)
    return f"{round(size / 2**20):d} {megabytes}"
