"""Starting a server from an environment: what may be chosen, and what the choice means."""

from __future__ import annotations

from pydantic import Field

from tljh_envbuilder.models.base import Frozen, Request
from tljh_envbuilder.models.types import (
    CpuLimit,
    Description,
    EnvironmentName,
    MemLimit,
    ProfileLabel,
    ServerName,
)


class Profile(Request):
    """A machine profile: a labelled CPU and memory size that the operator offers."""

    label: ProfileLabel
    description: Description = ""
    mem_limit: MemLimit | None = None
    cpu_limit: CpuLimit | None = None
    default: bool = False


class ProfileList(Frozen):
    """The machine profiles on offer, in the operator's order."""

    items: list[Profile]


class ServerRequest(Request):
    """Which server the caller wants."""

    environment: EnvironmentName
    profile: ProfileLabel | None = Field(None, description="The default profile if null.")
    server_name: ServerName = ""


class Server(Frozen):
    """A server that was asked for."""

    server_name: str
    url: str = Field(description="Where the server is, or shows its progress while it starts.")
    ready: bool


class LaunchUser(Request):
    """The user a server is for, as the Hub knows them: it has accepted these names."""

    name: str
    groups: list[str] = Field(default_factory=list)
    admin: bool = False


class LaunchQuery(Request):
    """The Hub asks what a user may launch."""

    user: LaunchUser


class LaunchRequest(Request):
    """The Hub asks what a user's choice means."""

    user: LaunchUser
    environment: EnvironmentName
    profile: ProfileLabel | None = None


class LaunchChoice(Frozen):
    """An environment that a user may launch, as the spawn page shows it."""

    name: EnvironmentName
    display_name: str
    description: str
    repo_url: str
    resolved_ref: str
    profiles: list[ProfileLabel]


class LaunchOptions(Frozen):
    """All a user may choose from."""

    environments: list[LaunchChoice]
    profiles: list[Profile]


class Launch(Frozen):
    """What a choice means: the image and the limits to start a server with."""

    environment: EnvironmentName
    profile: ProfileLabel | None
    build: int
    image: str
    image_id: str
    mem_limit: int | None = Field(description="Bytes; null for no limit.")
    cpu_limit: float | None = Field(description="Cores; null for no limit.")
    home: str
    uid: int
    gid: int
    resolved_ref: str
    default_url: str
