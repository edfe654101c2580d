"""Options that several commands have, and what is made of them."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from tljh_envbuilder.engine.docker import DockerEngine

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

#: What a person is told while a command runs; its result alone goes to stdout.
console = Console(stderr=True, highlight=False)

as_json = click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")

docker_host = click.option(
    "--docker-host",
    envvar="DOCKER_HOST",
    default="",
    metavar="ADDRESS",
    help="Container engine to use: unix:///path, tcp://host:port or ssh://user@host.  "
    "[default: $DOCKER_HOST, else the one of this machine]",
)


@asynccontextmanager
async def open_engine(address: str) -> AsyncIterator[DockerEngine]:
    """The engine, with this user's own logins for registries."""
    logins = Path.home() / ".docker/config.json"
    engine = DockerEngine(docker_host=address, registry_config=str(logins) * logins.is_file())
    try:
        yield engine
    finally:
        await engine.close()


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run it; Ctrl-C and SIGTERM cancel it, so that it can tidy up, and then interrupt us."""
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def write(result: Mapping[str, Any] | list[Any], text: str, *, as_json: bool) -> None:
    """Write a command's result to stdout."""
    click.echo(json.dumps(result, default=str) if as_json else text)
