"""Starting a server from an environment: what may be chosen, and what the choice means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from tljh_envbuilder.models.base import Frozen, Request, UtcDatetime
from tljh_envbuilder.models.types import (
    BuildId,
    CpuLimit,
    Description,
    EnvironmentName,
    HubName,
    MemLimit,
    ProfileLabel,
    ServerName,
)

if TYPE_CHECKING:
    from typing_extensions import Self


class Size(Request):
    """Memory and CPU; null for no limit."""

    mem_limit: MemLimit | None = None
    cpu_limit: CpuLimit | None = None


class Profile(Size):
    """A machine profile: a labelled CPU and memory size that the operator offers."""

    label: ProfileLabel
    description: Description = ""
    gpus: int = Field(0, ge=0, le=64, description="GPUs that a server gets.")
    default: bool = False
    # What follows is the operator's own business, and in no answer.
    groups: list[HubName] | None = Field(None, min_length=1, exclude=True)
    extra_host_config: dict[str, Any] = Field(default_factory=dict, exclude=True)


class ProfileList(Frozen):
    """The machine profiles on offer, in the operator's order."""

    items: list[Profile]
    free_size: Size | None = Field(
        description="The largest size that people may choose by themselves; null if they may not."
    )


class Choice(Size):
    """What a server is started from, and on which machine: a profile's, or a size of one's own."""

    environment: EnvironmentName
    profile: ProfileLabel | None = Field(None, description="The default profile if null.")
    build: BuildId | None = Field(
        None,
        description="An earlier build, or one that is not published yet; the current one if null.",
    )

    @model_validator(mode="after")
    def _either_profile_or_size(self) -> Self:
        if self.profile is not None and self.has_size:
            raise ValueError("take a machine profile or a size of your own, not both")
        return self

    @property
    def has_size(self) -> bool:
        """Whether a size of one's own was chosen."""
        return self.mem_limit is not None or self.cpu_limit is not None

    def user_options(self) -> dict[str, Any]:
        """The choice as the Hub keeps it with the server."""
        sizes = {"mem_limit": self.mem_limit, "cpu_limit": self.cpu_limit} if self.has_size else {}
        build = {} if self.build is None else {"build": self.build}
        return {"environment": self.environment, "profile": self.profile, **build, **sizes}


class ServerRequest(Choice):
    """Which server the caller wants."""

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
    selected: EnvironmentName | None = Field(None, description="One that must not be left out.")


class LaunchRequest(Choice):
    """The Hub asks what a user's choice means."""

    user: LaunchUser


class LaunchChoice(Frozen):
    """An environment that a user may launch, as the spawn page shows it."""

    name: EnvironmentName
    display_name: str
    description: str
    repo_url: str
    resolved_ref: str
    image: str | None = Field(None, description="In place of a repository.")
    profiles: list[ProfileLabel]
    built_at: UtcDatetime | None = None
    image_size: int | None = Field(None, description="Bytes.")
    mem_limit: int | None = Field(None, description="Bytes; null for no limit of its own.")
    cpu_limit: float | None = Field(None, description="Cores; null for no limit of its own.")
    may_choose_size: bool = Field(
        False, description="Whether a size of one's own will do in place of a profile."
    )


class LaunchOptions(Frozen):
    """What a user may choose from; many are not all listed."""

    environments: list[LaunchChoice]
    total: int = Field(0, description="How many environments there are to choose from.")
    profiles: list[Profile]
    free_size: Size | None = Field(
        None, description="The largest size that users may choose; null if they may not."
    )


class Launch(Frozen):
    """What a choice means: the image and the limits to start a server with."""

    installation: str = Field(
        description="The service's own id, by which it knows its servers on an engine of many."
    )
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
    environment_variables: dict[str, str] = Field(default_factory=dict)
    is_test: bool = Field(
        False, description="A try before publishing: with an empty home that goes with the server."
    )
    registry_image: str | None = Field(
        None, description="The image's name with its digest in a registry, if it is in one."
    )
    registry_login: str | None = Field(
        None,
        description="Login for that registry as X-Registry-Auth, encrypted with the service's "
        "token, which the Hub has.",
    )
    gpus: int = 0
    extra_host_config: dict[str, Any] = Field(
        default_factory=dict, description="As in DockerSpawner; the profile's."
    )
