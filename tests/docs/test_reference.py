"""A setting, a route or a command that is not documented is not finished."""

from __future__ import annotations

import inspect

import click
import pytest
from tornado.web import RequestHandler

from dev.reference import ROOT, documented_files, rendered
from tljh_envbuilder.app import EnvBuilder
from tljh_envbuilder.cli.main import command as cli
from tljh_envbuilder.spawner import EnvBuilderMixin, EnvBuilderSpawner
from tljh_envbuilder.web.operations import METHODS, operation_of
from tljh_envbuilder.web.routes import ROUTES


@pytest.mark.parametrize("path", documented_files())
def test_what_is_made_from_the_code_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text() == rendered(path), "run `make reference`"


def test_every_setting_explains_itself() -> None:
    owners = [
        owner
        for owner in (EnvBuilder, *EnvBuilder.classes, EnvBuilderMixin, EnvBuilderSpawner)
        if owner.__module__.startswith("tljh_envbuilder")
    ]
    silent = [
        f"{owner.__name__}.{name}"
        for owner in owners
        for name, trait in owner.class_own_traits(config=True).items()
        if len(trait.help) < 15
    ]
    assert silent == []


def test_every_method_of_every_route_describes_itself() -> None:
    silent = [
        f"{method} {route.path}"
        for route in ROUTES
        for method in METHODS
        if inspect.getattr_static(route.handler, method)
        is not inspect.getattr_static(RequestHandler, method)
        and operation_of(getattr(route.handler, method)) is None
    ]
    assert silent == []


def test_every_command_and_each_of_its_options_explains_itself() -> None:
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    silent = [name for name, command in commands.items() if not (command and command.help)]
    silent += [
        f"{name} {option.name}"
        for name, command in commands.items()
        for option in (command.params if command else [])
        if isinstance(option, click.Option) and len(option.help or "") < 10
    ]
    assert silent == []
