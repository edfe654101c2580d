"""What environments take on disk, and what is left of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tljh_envbuilder.models.base import Frozen
from tljh_envbuilder.models.types import EnvironmentName


class DiskSpace(Frozen):
    """A disk that builds need."""

    holds: Literal["state", "work", "engine"] = Field(
        description="What it holds: the service's state, repositories while they are fetched, "
        "or what the container engine has."
    )
    free_bytes: int
    total_bytes: int


class EnvironmentDisk(Frozen):
    """What one environment takes."""

    name: EnvironmentName
    image_bytes: int = Field(
        description="Its images as the engine measures them; layers that they share count in each."
    )
    unshared_bytes: int = Field(description="What of its images no other image shares.")
    log_bytes: int
    images: int = Field(description="Images that are kept.")
    builds: int = Field(description="Builds, with or without an image.")


class Disk(Frozen):
    """What the environments that the caller manages take, and what is left."""

    image_bytes: int
    unshared_bytes: int
    log_bytes: int
    layer_bytes: int = Field(
        description="All layers of all images on the engine, also of others, each counted once."
    )
    build_cache_bytes: int = Field(description="The engine's build cache, beyond those layers.")
    disks: list[DiskSpace]
    environments: list[EnvironmentDisk] = Field(description="The largest first.")


class Cleaned(Frozen):
    """What a cleaning has removed."""

    images: list[str] = Field(description="Names of images, or ids of those without a name.")
    containers: int = Field(description="Containers that checks of images had left behind.")
    contexts: int = Field(description="Folders that fetching repositories had left behind.")
    build_cache_bytes: int
