"""Images on the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import Field

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.errors import Conflict, InvalidRequest, NotFound
from tljh_envbuilder.models.base import Frozen
from tljh_envbuilder.models.reference import DOCKER_HUB, parse_reference


class Image(Frozen):
    """An image, and what of its configuration matters for running it."""

    id: str
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = Field((), description="Names with the digests they have there.")
    size: int = Field(description="Bytes.")
    labels: dict[str, str] = Field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()

    @property
    def nameless_references(self) -> tuple[str, ...]:
        """What to remove of an image without tags, in this order.

        By its id alone Docker removes none that several names with digests lead to; Podman and
        newer engines invent such names for images that have none.
        """
        return (*self.digests, self.id)


class NamedImage(Frozen):
    """The names of an image: with tags, and with the digests it has in registries."""

    id: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]


class Layer(Frozen):
    """An entry of an image's history."""

    created_by: str = Field(description="The instruction, as the builder has written it down.")
    size: int = Field(description="Bytes.")


def label_filter(labels: Mapping[str, str]) -> list[str]:
    """The labels as the Engine API's filters have them; an empty value means any."""
    return [f"{name}={value}" if value else name for name, value in labels.items()]


async def find_image(connection: Connection, reference: str) -> Image | None:
    """The image with this name or id, if the engine has it."""
    if parse_reference(reference) is None:
        return None
    try:
        with connection.client() as docker:
            found = await docker.images.inspect(reference)
    except EngineRefused as refused:
        if refused.status == 404:
            return None
        raise
    config = found.get("Config") or {}
    return Image(
        id=found["Id"],
        tags=tuple(_as_docker_writes(tag) for tag in found.get("RepoTags") or ()),
        digests=tuple(found.get("RepoDigests") or ()),
        size=found["Size"],
        labels=config.get("Labels") or {},
        entrypoint=tuple(config.get("Entrypoint") or ()),
    )


async def image_layers(connection: Connection, reference: str) -> list[Layer]:
    """The image's history, newest first; empty for one that is not there."""
    try:
        with connection.client() as docker:
            history: Any = await docker.images.history(reference)
    except EngineRefused as refused:
        if refused.status == 404:
            return []
        raise
    return [Layer(created_by=entry.get("CreatedBy") or "", size=entry["Size"]) for entry in history]


def _as_docker_writes(tag: str) -> str:
    """Podman writes the names of Docker Hub's images, and of those with no registry, in full."""
    return tag.removeprefix(f"{DOCKER_HUB}/").removeprefix("library/")


async def list_images(connection: Connection, labels: Mapping[str, str]) -> list[Image]:
    """The images that have all of these labels."""
    with connection.client() as docker:
        listed = await docker.images.list(filters={"label": label_filter(labels)})
    found = [await find_image(connection, entry["Id"]) for entry in listed]
    return [image for image in found if image is not None]


async def list_named(connection: Connection) -> list[NamedImage]:
    """All images, by their names."""
    with connection.client() as docker:
        listed = await docker.images.list()
    return [
        NamedImage(
            id=entry["Id"],
            tags=tuple(_as_docker_writes(tag) for tag in _known(entry.get("RepoTags"))),
            digests=_known(entry.get("RepoDigests")),
        )
        for entry in listed
    ]


def _known(names: Sequence[str] | None) -> tuple[str, ...]:
    """Before its API 1.43 an engine writes `<none>` for what is missing."""
    return tuple(name for name in names or () if "<none>" not in name)


async def is_in_registry(connection: Connection, reference: str, *, login: str | None) -> bool:
    """Whether the registry still has the image; true where the engine cannot tell.

    `login` is the value of X-Registry-Auth.
    """
    path = f"distribution/{quote(reference, safe='/:@')}/json"
    try:
        await connection.request("GET", path, {"X-Registry-Auth": login} if login else None)
    except EngineRefused as refused:
        # "manifest unknown", "name unknown"; Podman, which does not know the question: "Not Found".
        return not (refused.status == 404 and "unknown" in refused.reason)
    return True


async def tag_image(connection: Connection, source: str, target: str) -> None:
    """Give the image a further name."""
    name = parse_reference(target)
    if name is None or name.digest or parse_reference(source) is None:
        raise InvalidRequest(f"'{target}' is not a name that an image can be given.")
    repository = target.removesuffix(f":{name.tag}")
    try:
        with connection.client() as docker:
            await docker.images.tag(source, repository, tag=name.tag)
    except EngineRefused as refused:
        if refused.status == 404:
            raise NotFound(f"Image '{source}' is not on the engine.") from refused
        raise


async def remove_image(connection: Connection, reference: str, *, force: bool) -> None:
    """Remove the name, and the image with its last name."""
    if parse_reference(reference) is None:
        return
    try:
        with connection.client() as docker:
            await docker.images.delete(reference, force=force)
    except EngineRefused as refused:
        if refused.status == 409:
            # "conflict: unable to … (must be forced) - image is being used by …"
            why = refused.reason.partition(" - ")[2] or refused.reason
            raise Conflict(f"Image '{reference}' cannot be removed: {why}.") from refused
        if refused.status != 404:
            raise
