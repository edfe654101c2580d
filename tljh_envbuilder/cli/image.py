"""What a person names as the thing to run: a folder, an environment, or an image."""

from __future__ import annotations

import sys
from dataclasses import dataclass

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
from tljh_envbuilder.errors import InvalidRequest, LoginNeeded, NotFound, NotReady, PullFailed
from tljh_envbuilder.models.labels import ENVIRONMENT
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.models.registry import RegistryLogin


@dataclass(frozen=True)
class NamedImage:
    """An image on the engine, the name to use for it, and the name of its repository."""

    reference: str
    repository: str
    image: Image


async def find_image(
    engine: DockerEngine, wanted: str, service: Service | None, *, is_kept: bool = True
) -> NamedImage:
    """The image that is meant, built if it is a folder and pulled if the engine has not got it.

    With `is_kept` its name is one that no later build takes. Raises NotFound, BuildFailed or
    PullFailed.
    """
    if is_path(wanted):
        built = await build_source(engine, wanted, is_kept=is_kept)
        return _named(built.name, built.image)
    if image := await engine.image(wanted):
        return _named(wanted, image)
    latest = f"{ImageNames().repository(wanted)}:{LATEST}"
    if image := await engine.image(latest):
        name = _lasting_name(image) or latest
        if is_kept and name == latest:
            name = ImageNames().published(wanted, image.labels["org.opencontainers.image.revision"])
            await engine.tag_image(latest, name)
        return _named(name, image)
    reference = _of_service(service, wanted) if service else wanted
    if parse_reference(reference) is None:
        raise InvalidRequest(f"'{wanted}' cannot be the name of an image.")
    return _named(reference, await engine.image(reference) or await _pulled(engine, reference))


def is_path(wanted: str) -> bool:
    """Whether a folder is meant; one without a slash is written as `./name`."""
    return wanted.startswith((".", "/", "~"))


def _lasting_name(image: Image) -> str | None:
    """The name of an image that was built here which no later build takes."""
    return next((tag for tag in image.tags if not tag.endswith(f":{LATEST}")), None)


def _of_service(service: Service, wanted: str) -> str:
    """The image of the service's environment of this name, or the name itself."""
    try:
        build = service.get(f"api/environments/{wanted}")["current_build"]
    except (NotFound, InvalidRequest):
        return wanted
    if build is None:
        raise NotReady(f"The environment {wanted} has no image yet.")
    # The engine here is seldom the service's own: what is in a registry is to be had anywhere.
    pushed = build["registry_image"]
    return str(pushed["reference"] if pushed else build["image"])


async def _pulled(engine: DockerEngine, reference: str) -> Image:
    login: RegistryLogin | None = None
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
            login = RegistryLogin(
                username=click.prompt("User name", err=True),
                password=click.prompt("Password", hide_input=True, err=True),
            )
    image = await engine.image(reference)
    if image is None:
        raise PullFailed(f"The image {reference} is not on the engine after it was pulled.")
    return image


def _named(reference: str, image: Image) -> NamedImage:
    source = image.labels.get("org.opencontainers.image.source") or image.labels.get(ENVIRONMENT)
    parsed = parse_reference(reference)
    return NamedImage(reference, name_of(source or (parsed.repository if parsed else "")), image)
