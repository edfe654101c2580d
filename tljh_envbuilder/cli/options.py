"""Options that several commands have, and what is made of them."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console

if TYPE_CHECKING:
    from tljh_envbuilder.cli.service import Service

T = TypeVar("T")

#: By which a person ends a command: Ctrl-C, `kill`, and a terminal that is closed.
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: What a person is told while a command runs; its result alone goes to stdout.
console = Console(stderr=True, highlight=False, emoji=False)

as_json = click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")

docker_host = click.option(
    "--docker-host",
    envvar="DOCKER_HOST",
    default="",
    metavar="ADDRESS",
    help="Container engine to use: unix:///path, tcp://host:port or ssh://user@host.  "
    "[default: $DOCKER_HOST, else the one of this machine]",
)

service_url = click.option(
    "--service-url",
    envvar="ENVBUILDER_SERVICE_URL",
    metavar="URL",
    help="Address of the service, such as https://hub.example.org/services/envbuilder/.  "
    "[default: $ENVBUILDER_SERVICE_URL]",
)

token = click.option(
    "--token",
    envvar="JUPYTERHUB_API_TOKEN",
    help="Token of the Hub; better in $JUPYTERHUB_API_TOKEN, where others cannot see it.",
)


def pairs(given: Sequence[str]) -> dict[str, str]:
    """What was given as NAME=VALUE; a BadParameter names what was not."""
    for pair in given:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*=.*", pair, re.DOTALL):
            raise click.BadParameter(f"'{pair}' is not of the form NAME=VALUE.")
    return dict(pair.split("=", 1) for pair in given)


def service_or_none(url: str | None, token: str | None) -> Service | None:
    """The service, if both its address and a token are known."""
    from tljh_envbuilder.cli.service import Service

    return Service(url, token) if url and token else None


def the_service(url: str | None, token: str | None) -> Service:
    """The service; a UsageError says what is missing."""
    if service := service_or_none(url, token):
        return service
    if not url:
        raise click.UsageError(
            "The service is not known: set --service-url or $ENVBUILDER_SERVICE_URL to its address."
        )
    raise click.UsageError(
        "There is no token: make one on the Hub's page Token, and put it into "
        "$JUPYTERHUB_API_TOKEN."
    )


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run it; Ctrl-C and the like cancel it, so that it can tidy up, and then interrupt us."""
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)

    def end() -> None:
        for number in _ENDS:  # one more would cut the tidying up short
            loop.add_signal_handler(number, lambda: None)
        task.cancel()

    for number in _ENDS:
        loop.add_signal_handler(number, end)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def write(result: Mapping[str, Any] | list[Any], text: str, *, as_json: bool) -> None:
    """Write a command's result to stdout."""
    click.echo(json.dumps(result, default=str) if as_json else text)
