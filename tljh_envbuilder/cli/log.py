"""`tljh-envbuilder log`: the log of a build of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tljh_envbuilder.cli import options
from tljh_envbuilder.errors import NotFound

if TYPE_CHECKING:
    from tljh_envbuilder.cli.service import Service


@click.command("log")
@click.argument("what", metavar="NAME_OR_BUILD")
@options.service_url
@options.token
@options.as_json
def command(what: str, service_url: str | None, token: str | None, as_json: bool) -> None:
    """Show the log of a build to its end: by its number, or of the environment's last one.

    Ends with 1 for a build that failed. With --json, each event is a line of JSON.
    """
    from rich.console import Console

    from tljh_envbuilder.cli.following import follow_build

    service = options.the_service(service_url, token)
    console = Console(highlight=False, emoji=False)
    follow_build(service, _build_id(service, what), console, as_json=as_json)


def _build_id(service: Service, what: str) -> int:
    """The id of the environment's last build: names may be numbers, and come first."""
    try:
        build = service.get(f"api/environments/{what}")["last_build"]
    except NotFound:
        if what.isdecimal():
            return int(what)
        raise
    if build is None:
        raise NotFound(f"The environment {what} has no build.")
    return int(build["id"])
