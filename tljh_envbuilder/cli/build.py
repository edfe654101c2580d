"""`tljh-envbuilder build`: what the service does with a repository, on one's own machine."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.local import LocalBuilder, LocalImage, LocalRequest
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.cli import options
from tljh_envbuilder.cli.source import request_for
from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.repository import KNOWN_SCHEMES


@click.command("build")
@click.argument("source", metavar="PATH_OR_URL")
@click.option("--ref", help="Branch, tag or commit; of a folder, its files as they are if left out.")
@click.option("--name", help="The image's name; the repository's if left out.")
@click.option("--no-cache", is_flag=True, help="Run each step again, whatever is cached.")
@options.docker_host
@options.as_json
def command(
    source: str,
    ref: str | None,
    name: str | None,
    no_cache: bool,
    docker_host: str,
    as_json: bool,
) -> None:
    """Build the image of a repository, or of a folder as it is.

    What git ignores in the folder is left out.
    """
    built = options.run_until_interrupted(_build(source, ref, name, no_cache, docker_host))
    result = {
        "image": built.name,
        "image_id": built.image.id,
        "commit": built.commit,
        "size": built.image.size,
    }
    options.write(result, built.name, as_json=as_json)


async def _build(
    source: str, ref: str | None, name: str | None, no_cache: bool, docker_host: str
) -> LocalImage:
    async with options.open_engine(docker_host) as engine:
        with request_for(source, ref=ref, name=name) as request:
            return await build_image(engine, request, no_cache=no_cache)


async def build_image(
    engine: DockerEngine, request: LocalRequest, *, no_cache: bool = False
) -> LocalImage:
    """Build what is asked for, with its steps on the terminal."""
    fetcher = Fetcher(
        Path(f"cli-{os.getpid()}"),
        ready_worker=False,
        ssh_agent=os.geteuid() != 0 and "SSH_AUTH_SOCK" in os.environ,
    )
    # Whoever may read a file here may build it.
    fetcher.sources = Sources(allowed_schemes=set(KNOWN_SCHEMES))
    await fetcher.check()
    with StepDisplay(options.console) as display:
        return await LocalBuilder(engine=engine, fetcher=fetcher).build(
            request, display, no_cache=no_cache
        )
