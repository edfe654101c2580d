"""Containers on the engine: users' servers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from aiodocker.exceptions import DockerError

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.engine.images import label_filter
from tljh_envbuilder.errors import Conflict
from tljh_envbuilder.models.base import Frozen

# Seconds in which the engine removes a container that has ended.
_REMOVAL_TIME = 30

_NOT_RUNNING = {"created", "exited", "dead", "removing"}


class Container(Frozen):
    """A container, running or not."""

    id: str
    name: str
    image_id: str
    labels: dict[str, str]
    running: bool


async def list_containers(connection: Connection, labels: Mapping[str, str]) -> list[Container]:
    """The containers that have all of these labels."""
    with connection.client() as docker:
        listed = await docker.containers.list(all=True, filters={"label": label_filter(labels)})
    return [
        Container(
            id=entry["Id"],
            name=entry["Names"][0].lstrip("/") if entry["Names"] else "",
            image_id=entry["ImageID"],
            labels=entry["Labels"] or {},
            running=entry["State"] not in _NOT_RUNNING,
        )
        for entry in listed
    ]


async def stop_container(connection: Connection, container_id: str) -> None:
    """Ask the container to end, and end it if it does not within the engine's usual time."""
    try:
        with connection.client() as docker:
            await docker.containers.container(quote(container_id, safe="")).stop()
    except EngineRefused as refused:
        if refused.status != 404:
            raise


async def remove_container(connection: Connection, container_id: str, *, force: bool) -> None:
    """Remove the container and its nameless volumes; `force` ends it first."""
    try:
        with connection.client() as docker:
            container = docker.containers.container(quote(container_id, safe=""))
            try:
                await container.delete(force=force, v=True)
            except DockerError as refused:
                if not (refused.status == 409 and force):
                    raise
                # Somebody else removes it, who is not done yet.
                await container.wait(condition="removed", timeout=_REMOVAL_TIME)
    except EngineRefused as refused:
        if refused.status == 409:
            raise Conflict(f"Container '{container_id}' cannot be removed: it runs.") from refused
        if refused.status != 404:
            raise
