"""What a person names as the thing to run: a folder, an environment, or an image."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from tljh_envbuilder.builds.local import LATEST
from tljh_envbuilder.cli.building import NAMES, build_source
from tljh_envbuilder.cli.options import console
from tljh_envbuilder.cli.prompt import prompt
from tljh_envbuilder.cli.service import Service
from tljh_envbuilder.cli.source import name_of
from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.images import Image
from tljh_envbuilder.errors import InvalidRequest, LoginNeeded, NotFound, NotReady, PullFailed
from tljh_envbuilder.models.labels import ENVIRONMENT
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.models.registry import RegistryLogin

#: What an environment can be called; everything else is the name of an image, or a folder.
_ENVIRONMENT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
REVISION = "org.opencontainers.image.revision"
_BUILD_IT = (
    "The image of {name} is in no registry, so that it cannot be had elsewhere. Build it: "
    "tljh-envbuilder build {repo_url} --ref {resolved_ref} --name {name}"
)


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

    Only what names a registry, or is named by the service, is pulled: nobody else gets to say what
    an environment's name stands for. With `is_kept` what was built here has a name that no later
    build takes. Raises NotFound, NotReady, BuildFailed or PullFailed.
    """
    if is_path(wanted):
        built = await build_source(engine, wanted, is_kept=is_kept)
        return _named(built.name, built.image)
    if _ENVIRONMENT.fullmatch(wanted):
        of_service = await _of_service(engine, service, wanted) if service else None
        return of_service or await _on_engine(engine, wanted, is_kept=is_kept)
    if "://" in wanted or wanted.startswith("git@"):
        raise InvalidRequest(
            "The address of a repository cannot be run: build it with tljh-envbuilder build, then "
            "run it by its name."
        )
    if parse_reference(wanted) is None:
        raise InvalidRequest(f"'{wanted}' cannot be the name of an image.")
    return await _by_reference(engine, wanted)


async def _of_service(engine: DockerEngine, service: Service, name: str) -> NamedImage | None:
    """What the service has for its environment; None if it has no such environment."""
    try:
        build = service.get(f"api/environments/{name}")["current_build"]
    except NotFound:
        return None
    if build is None:
        raise NotReady(f"The environment {name} has no image yet.")
    if pushed := build["registry_image"]:
        return await _by_reference(engine, pushed["reference"])
    if image := await engine.image(build["image_id"]):  # the service's own engine
        return _named(build["image"], image)
    raise NotReady(_BUILD_IT.format(name=name, **build))


async def _by_reference(engine: DockerEngine, reference: str) -> NamedImage:
    if image := await engine.image(reference):
        return _named(reference, image)
    if is_local(reference):
        raise NotFound(f"The image {reference} is not on this engine, and it is in no registry.")
    return _named(reference, await _pulled(engine, reference))


async def _on_engine(engine: DockerEngine, name: str, *, is_kept: bool) -> NamedImage:
    latest = f"{NAMES.repository(name)}:{LATEST}"
    if image := await engine.image(latest):
        reference = _lasting_name(image) or latest
        commit = image.labels.get(REVISION)
        if is_kept and reference == latest and commit:
            reference = NAMES.published(name, commit)
            await engine.tag_image(latest, reference)
        return _named(reference, image)
    image = await engine.image(name)
    # The engine takes such a name for the beginning of an id as well.
    if image and any(tag.rpartition("/")[2] == f"{name}:{LATEST}" for tag in image.tags):
        return _named(name, image)
    raise NotFound(
        f"There is no environment or image {name} here. For an environment of a Hub, set "
        "$ENVBUILDER_SERVICE_URL and $JUPYTERHUB_API_TOKEN; an image elsewhere is named with its "
        f"registry, a folder as ./{name}."
    )


def is_path(wanted: str) -> bool:
    """Whether a folder is meant; one without a slash is written as `./name`."""
    return wanted.startswith((".", "/", "~"))


def is_local(reference: str) -> bool:
    """Whether it is a name that builds give, which is nobody's, or somebody else's, elsewhere."""
    return reference.removeprefix("localhost/").startswith(NAMES.prefix)


def _lasting_name(image: Image) -> str | None:
    """The name of an image that was built here which no later build takes."""
    return next((tag for tag in image.tags if not tag.endswith(f":{LATEST}")), None)


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
                username=await prompt("User name"),
                password=await prompt("Password", hidden=True),
            )
    image = await engine.image(reference)
    if image is None:
        raise PullFailed(f"The image {reference} is not on the engine after it was pulled.")
    return image


def _named(reference: str, image: Image) -> NamedImage:
    source = image.labels.get("org.opencontainers.image.source") or image.labels.get(ENVIRONMENT)
    parsed = parse_reference(reference)
    return NamedImage(reference, name_of(source or (parsed.repository if parsed else "")), image)
