"""`tljh-envbuilder build`: what the service does with a repository, on one's own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tljh_envbuilder.cli import options

if TYPE_CHECKING:
    from tljh_envbuilder.builds.local import LocalImage


@click.command("build")
@click.argument("source", metavar="PATH_OR_URL", type=click.Path())
@click.option(
    "--ref",
    help="Branch, tag or commit; if left out, a folder's files as they are, or a repository's "
    "default branch.",
)
@click.option("--name", help="The image's name; the repository's, if left out.")
@click.option(
    "--builder",
    type=click.Choice(["auto", "repo2docker"]),
    default="auto",
    show_default=True,
    help="What builds it where there is no Dockerfile: repo2docker, or with auto uv for what pip "
    "can install.",
)
@click.option(
    "--build-arg",
    "build_args",
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _context, _option, given: options.pairs(given),
    help="Build argument of a Dockerfile; may be given several times.",
)
@click.option("--no-cache", is_flag=True, help="Run each step again, whatever is cached.")
@click.option(
    "--push",
    "registry",
    metavar="REGISTRY",
    help="Push it to REGISTRY, such as ghcr.io/my-group, with the login of docker or podman.",
)
@options.docker_host
@options.as_json
def command(registry: str | None, docker_host: str, as_json: bool, **wanted: Any) -> None:
    """Build the image of a repository, or of a folder as it is.

    What git ignores in a folder is left out. The image's name goes to stdout.
    """
    built, name = options.run_until_interrupted(_build(docker_host, registry, wanted))
    result = {
        "image": name,
        "image_id": built.image.id,
        "commit": built.commit,
        "size": built.image.size,
    }
    options.write(result, name, as_json=as_json)


async def _build(
    docker_host: str, registry: str | None, wanted: dict[str, Any]
) -> tuple[LocalImage, str]:
    """What was built, and the name by which it is to be had."""
    from tljh_envbuilder.cli.building import (
        build_source,
        open_engine,
        push_built,
        require_registry,
    )

    if registry is not None:
        require_registry(registry)
    async with open_engine(docker_host) as engine:
        built = await build_source(engine, **wanted)
        return built, await push_built(engine, built, registry) if registry else built.name
