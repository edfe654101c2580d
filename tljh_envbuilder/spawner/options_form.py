"""The form in which a user chooses an environment and a machine; it works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader
from pydantic import ValidationError

from tljh_envbuilder.models.launch import LaunchChoice, LaunchOptions, Profile, Size
from tljh_envbuilder.spawner.form_texts import ENGLISH, Texts
from tljh_envbuilder.spawner.own_size import OwnSize

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


class _Field(NamedTuple):
    """A field for a part of a size."""

    name: str
    label: str
    value: str
    hint: str
    problem: str | None


class _OwnSize(NamedTuple):
    """The fields for a size of one's own."""

    is_chosen: bool
    fields: list[_Field]


def render_options_form(
    options: LaunchOptions,
    *,
    last_choice: Mapping[str, Any],
    service_prefix: str,
    refused: Mapping[str, str] | None = None,
    texts: Texts = ENGLISH,
) -> str:
    """HTML for the Hub to put inside its own `<form>`.

    It starts with `refused`, the fields of a form that comes back, and else with `last_choice`.
    """
    last = last_choice.get("environment")
    refused = refused or {}
    # What a user starts again and again is at hand, however many others there are.
    choices = sorted(options.environments, key=lambda choice: choice.name != last)
    return _templates.get_template("options_form.html").render(
        choices=choices,
        machines={
            choice.name: _machines(
                choice,
                options,
                refused.get(f"profile:{choice.name}")
                or refused.get("profile")
                or last_choice.get("profile"),
                texts,
            )
            for choice in choices
        },
        own_sizes={
            choice.name: _own_size(choice, options, last_choice, refused, texts)
            for choice in choices
        },
        selected=_selected(choices, refused.get("environment")),
        more=max(0, options.total - len(choices)),
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


def _selected(choices: list[LaunchChoice], wanted: str | None) -> str | None:
    names = [choice.name for choice in choices]
    return wanted if wanted in names else next(iter(names), None)


def _own_size(
    choice: LaunchChoice,
    options: LaunchOptions,
    last_choice: Mapping[str, Any],
    refused: Mapping[str, str],
    texts: Texts,
) -> _OwnSize | None:
    """The fields for a size of one's own, with what is wrong with what they hold; None for none."""
    if options.free_size is None or not choice.may_choose_size:
        return None
    largest = Size(
        mem_limit=_smaller(options.free_size.mem_limit, choice.mem_limit),
        cpu_limit=_smaller(options.free_size.cpu_limit, choice.cpu_limit),
    )
    typed = problems = None
    if refused.get("environment") == choice.name:
        typed = OwnSize.typed(refused)
        problems = typed.problems(largest, texts) if typed else None
    elif not refused and last_choice.get("environment") == choice.name:
        typed = _last_size(last_choice, texts)
    most, problems = OwnSize.of(largest, texts), problems or {}
    fields = [
        _Field(name, label, value, texts.own_most.format(most=bound), problems.get(name))
        for name, label, value, bound in (
            ("memory", texts.own_memory, typed.memory if typed else "", most.memory),
            ("cpus", texts.own_cores, typed.cpus if typed else "", most.cpus),
        )
    ]
    return _OwnSize(typed is not None, fields)


def _last_size(last_choice: Mapping[str, Any], texts: Texts) -> OwnSize | None:
    """The size that was chosen last, where that was one of one's own."""
    limits = {name: last_choice.get(name) for name in ("mem_limit", "cpu_limit")}
    try:
        size = Size.model_validate(limits)
    except ValidationError:
        return None
    return OwnSize.of(size, texts) if size != Size() else None


def _describe(profile: Profile, choice: LaunchChoice, texts: Texts) -> str:
    """A profile in one line, with the size that a server really gets."""
    size = describe_size(
        _smaller(profile.mem_limit, choice.mem_limit),
        _smaller(profile.cpu_limit, choice.cpu_limit),
        texts,
    )
    gpus = texts.in_gpus(profile.gpus) if profile.gpus else ""
    sizes = " · ".join(filter(None, [size, gpus]))
    start = f"{profile.label}: {sizes}" if sizes else profile.label
    return f"{start}, {profile.description}" if profile.description else start


def _smaller(one: float | None, other: float | None) -> Any:
    """Both are limits; None is no limit."""
    return min((limit for limit in (one, other) if limit is not None), default=None)


def describe_size(mem_limit: int | None, cpu_limit: float | None, texts: Texts = ENGLISH) -> str:
    """A size as a person says it: `2 GiB · 1 core`; empty without limits."""
    parts = []
    if mem_limit is not None:
        parts.append(_memory(mem_limit, texts))
    if cpu_limit is not None:
        parts.append(texts.in_cores(cpu_limit))
    return " · ".join(parts)


def _memory(size: int, texts: Texts) -> str:
    """In units of 1024, which is what the Hub's `2G` means."""
    mebibytes, gibibytes, tebibytes = texts.units
    for unit, factor in ((tebibytes, 2**40), (gibibytes, 2**30)):
        if size >= factor:
            return f"{round(size / factor, 1):g} {unit}".replace(".", texts.decimal)
    return f"{round(size / 2**20):d} {mebibytes}"
