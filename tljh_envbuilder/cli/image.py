"""What a person names as the thing to run: a folder, an environment, or an image."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.local import LATEST
from tljh_envbuilder.cli.building import build_source
from tljh_envbuilder.cli.options import console
from tljh_envbuilder.cli.service import Service
from tljh_envbuilder.cli.source import name_of
from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.engine.reference import parse_reference
from tljh_envbuilder.errors import InvalidRequest, LoginNeeded, NotFound, NotReady, PullFailed
from tljh_envbuilder.models.labels import ENVIRONMENT


@dataclass(frozen=True)
class NamedImage:
    """An image on the engine, the name to use for it, and the name of its repository."""

    reference: str
    repository: str
    image: Image


async def find_image(
    engine: DockerEngine, wanted: str, service: Service | None, *, pull: bool = True
) -> NamedImage:
    """The image that is meant, built if it is a folder and pulled if the engine has not got it.

    Raises NotFound, BuildFailed or PullFailed.
    """
    if wanted.startswith((".", "/", "~")):
        built = await build_source(engine, wanted)
        return _named(built.name, built.image)
    for reference in _possible_names(wanted):
        if image := await engine.image(reference):
            return _named(reference, image)
    reference = _of_service(service, wanted) if service else wanted
    if Path(wanted).is_dir() and reference == wanted:
        built = await build_source(engine, wanted)
        return _named(built.name, built.image)
    if parse_reference(reference) is None:
        raise InvalidRequest(f"'{wanted}' is neither a folder nor the name of an image.")
    if not pull:
        raise NotFound(f"The image {reference} is not on the engine.")
    return _named(reference, await engine.image(reference) or await _pulled(engine, reference))


def _possible_names(wanted: str) -> list[str]:
    """What is on the engine goes before what would have to be had from elsewhere."""
    if parse_reference(wanted) is None:
        return []
    return [wanted, f"{ImageNames().repository(wanted)}:{LATEST}"]


def _of_service(service: Service, wanted: str) -> str:
    """The image of the service's environment of this name, or the name itself."""
    try:
        build = service.get(f"api/environments/{wanted}")["current_build"]
    except (NotFound, InvalidRequest):
        return wanted
    if build is None:
        raise NotReady(f"The environment {wanted} has no image yet.")
    return str(build["image"])


async def _pulled(engine: DockerEngine, reference: str) -> Image:
    login: tuple[str, str] | None = None
    while True:
        try:
            with StepDisplay(console) as display:
                async for record in engine.pull(reference, step="pull", login=login):
                    display.show(record)
            break
        except LoginNeeded as needed:
            if not sys.stdin.isatty():
                raise
            console.print(f"{needed.message}\nLog in to {needed.registry}, or press Ctrl-C.")
            login = (
                click.prompt("User name", err=True),
                click.prompt("Password", hide_input=True, err=True),
            )
    image = await engine.image(reference)
    if image is None:
        raise PullFailed(f"The image {reference} is not on the engine after it was pulled.")
    return image


def _named(reference: str, image: Image) -> NamedImage:
    source = image.labels.get("org.opencontainers.image.source") or image.labels.get(ENVIRONMENT)
    parsed = parse_reference(reference)
    return NamedImage(reference, name_of(source or (parsed.repository if parsed else "")), image)
