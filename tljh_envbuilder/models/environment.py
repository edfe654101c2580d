"""An environment: a named thing that users pick."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from tljh_envbuilder.models.base import Frozen, Request, UtcDatetime
from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.credentials import Credentials, split_address
from tljh_envbuilder.models.reference import ImageName
from tljh_envbuilder.models.repository import RepoUrl
from tljh_envbuilder.models.types import (
    BuildArgName,
    BuildArgValue,
    BuildId,
    CpuLimit,
    DefaultUrl,
    Description,
    DisplayName,
    EnvironmentName,
    EnvVarName,
    EnvVarValue,
    GitRef,
    HubName,
    MemLimit,
    ProfileLabel,
)


def _no_engine_arguments(value: dict[str, str]) -> dict[str, str]:
    # Arguments that the builder itself obeys: BUILDKIT_SYNTAX alone would replace the builder.
    if any(name.upper().startswith("BUILDKIT_") for name in value):
        raise ValueError("arguments that start with BUILDKIT_ are not for repositories")
    return value


BuildArgs = Annotated[
    dict[BuildArgName, BuildArgValue],
    Field(
        max_length=50, description="Arguments of the Dockerfile. Never secret: images keep them."
    ),
    AfterValidator(_no_engine_arguments),
]
EnvironmentVariables = Annotated[
    dict[EnvVarName, EnvVarValue],
    Field(
        max_length=50,
        description="Variables of the servers. Never secret: who launches one sees them.",
    ),
]
Profiles = Annotated[
    list[ProfileLabel] | None,
    Field(
        min_length=1,
        max_length=50,
        description="Labels of the machine profiles on offer; null for all.",
    ),
]


class Visibility(Request):
    """Who may see and launch an environment, besides its owner and the admins."""

    everyone: bool = False
    users: list[HubName] = Field(default_factory=list, max_length=1000)
    groups: list[HubName] = Field(default_factory=list, max_length=1000)

    @model_validator(mode="after")
    def _either_everyone_or_some(self) -> Visibility:
        if self.everyone and (self.users or self.groups):
            raise ValueError("is for everyone, or for the users and groups named, not both")
        return self


EVERYONE = Visibility(everyone=True)


class Builder(str, Enum):
    """How a repository becomes an image: `auto` uses our own way where pip is all it takes."""

    AUTO = "auto"
    REPO2DOCKER = "repo2docker"


class Schedule(str, Enum):
    """How often the repository is looked at by itself, to rebuild when its ref has moved."""

    NEVER = "never"
    DAILY = "daily"
    HOURLY = "hourly"


class Publish(str, Enum):
    """When users get a new build: once it is built, or once somebody has said so."""

    AUTO = "auto"
    MANUAL = "manual"


class EnvironmentStatus(str, Enum):
    """What a person wants to know first.

    `failed` and `unpublished`, which is built, only when there is no current build.
    """

    QUEUED = "queued"
    BUILDING = "building"
    READY = "ready"
    UNPUBLISHED = "unpublished"
    FAILED = "failed"


class EnvironmentSort(str, Enum):
    """The order of a list; `-` for the opposite one. Equal ones are in the order of their names."""

    NAME = "name"
    NAME_DESCENDING = "-name"
    BUILT = "built"
    BUILT_DESCENDING = "-built"
    CREATED = "created"
    CREATED_DESCENDING = "-created"
    STATUS = "status"
    STATUS_DESCENDING = "-status"
    OWNER = "owner"
    OWNER_DESCENDING = "-owner"

    @property
    def key(self) -> str:
        """What is compared: one of the five without `-`."""
        return self.value.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.value.startswith("-")


class EnvironmentRequest(Request):
    """What a person asks for when adding an environment: from a repository, or an image."""

    name: EnvironmentName
    image: ImageName | None = Field(
        None, description="An existing image in place of a repository: pulled, never built."
    )
    repo_url: RepoUrl = Field("", validate_default=True)
    ref: GitRef = "HEAD"
    display_name: DisplayName | None = Field(None, description="The name if null.")
    description: Description = ""
    visibility: Visibility = EVERYONE
    mem_limit: MemLimit | None = None
    cpu_limit: CpuLimit | None = None
    profiles: Profiles = None
    builder: Builder = Builder.AUTO
    build_args: BuildArgs = Field(default_factory=dict)
    default_url: DefaultUrl | None = Field(
        None, description="The repository's folder if null; JupyterLab for an image."
    )
    environment_variables: EnvironmentVariables = Field(default_factory=dict)
    schedule: Schedule = Schedule.NEVER
    publish: Publish = Publish.AUTO
    credentials: Credentials | None = Field(
        None,
        exclude=True,
        description="For a private repository; for the first build alone unless remembered.",
    )

    _split_address = model_validator(mode="before")(split_address)

    @field_validator("repo_url", mode="wrap")
    @classmethod
    def _repository_or_image(
        cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> str:
        if value == "" and info.data.get("image", ""):
            return ""
        if value == "":
            raise ValueError("is needed, unless there is an image")
        if info.data.get("image"):
            raise ValueError("must be left out for an image")
        return str(handler(value))

    @model_validator(mode="after")
    def _nothing_of_a_repository_for_an_image(self) -> EnvironmentRequest:
        if self.image is not None:
            unfit = self.model_fields_set & _OF_REPOSITORIES
            if unfit - {"schedule"} or self.schedule is not Schedule.NEVER:
                raise ValueError(f"an image has no {', '.join(sorted(unfit))}")
        return self


#: What says how a repository is built.
_OF_REPOSITORIES = {"ref", "builder", "build_args", "schedule", "credentials"}


class EnvironmentChange(Request):
    """What a person may change; fields that are not sent stay as they are."""

    image: ImageName | None = Field(None, description="Of an environment that is an image.")
    repo_url: RepoUrl | None = None
    ref: GitRef | None = None
    display_name: DisplayName | None = None
    description: Description | None = None
    visibility: Visibility | None = None
    mem_limit: MemLimit | None = Field(None, description="Memory in bytes; null for no limit.")
    cpu_limit: CpuLimit | None = Field(None, description="CPU in cores; null for no limit.")
    profiles: Profiles = None
    builder: Builder | None = None
    build_args: BuildArgs | None = None
    default_url: DefaultUrl | None = Field(
        None, description="Null for the repository's folder; for JupyterLab with an image."
    )
    environment_variables: EnvironmentVariables | None = None
    schedule: Schedule | None = None
    publish: Publish | None = None
    credentials: Credentials | None = Field(
        None,
        exclude=True,
        description="For later builds, or for the next one alone unless remembered; null forgets.",
    )

    _split_address = model_validator(mode="before")(split_address)

    @model_validator(mode="after")
    def _null_where_it_means_something(self) -> EnvironmentChange:
        may_be_null = {"mem_limit", "cpu_limit", "profiles", "credentials", "default_url"}
        for name in self.model_fields_set - may_be_null:
            if getattr(self, name) is None:
                raise ValueError(f"{name} must not be null")
        return self

    def unfit_for_image(self) -> set[str]:
        """Fields that were sent and mean something for repositories alone."""
        unfit = self.model_fields_set & (_OF_REPOSITORIES | {"repo_url"})
        return unfit - ({"schedule"} if self.schedule is Schedule.NEVER else set())


class RollbackRequest(Request):
    """Which successful build to make current."""

    build: BuildId


class PublishRequest(Request):
    """Which build users are to get."""

    build: BuildId | None = Field(None, description="The latest successful one if null.")


class CopyRequest(Request):
    """What a copy of an environment is called, and who gets it.

    The rest is as in the original, but for its schedule and its credentials.
    """

    name: EnvironmentName
    display_name: DisplayName | None = Field(None, description="The original's if null.")
    visibility: Visibility = Field(
        Visibility(), description="For its owner alone unless it says otherwise."
    )


class Environment(Frozen):
    """An environment as people see it; `name` is its id."""

    name: EnvironmentName
    display_name: str
    description: str
    repo_url: str = Field(description="Empty for an environment that is an image.")
    image: str | None = Field(None, description="The image, of an environment that is one.")
    ref: str
    owner: str
    created_at: UtcDatetime
    visibility: Visibility
    mem_limit: int | None
    cpu_limit: float | None
    profiles: list[str] | None
    builder: Builder
    build_args: dict[str, str]
    default_url: str | None = Field(
        description="Where servers open; null for the repository's folder in JupyterLab, or for "
        "JupyterLab where there is no repository."
    )
    environment_variables: dict[str, str]
    has_credentials: bool = Field(
        description="Whether credentials for the repository's host are kept."
    )
    schedule: Schedule
    publish: Publish = Field(
        Publish.AUTO, description="Whether users get a new build at once, or when it is published."
    )
    checked_at: UtcDatetime | None = Field(
        description="When the repository was last looked at, to see whether its ref has moved."
    )
    check_error: str | None = Field(description="Why that look told nothing; null if it did.")
    status: EnvironmentStatus
    current_build: Build | None
    last_build: Build | None
    waiting_build: Build | None = Field(
        description="The latest successful build, where users do not get it before it is "
        "published; never one that brings an older one back."
    )


class EnvironmentList(Frozen):
    """A page of environments, and how many there are in all."""

    items: list[Environment]
    total: int


class ServerInUse(Frozen):
    """A server that runs from an environment."""

    user: str
    server_name: str = Field(description="Empty for the user's default server.")


class RemovalInRegistry(Frozen):
    """What an environment's builds have in the registry that images are pushed to now."""

    name: str = Field(description="The images' name there, without tag and digest.")
    images: int
    removed: bool = Field(description="Whether they are removed as well, if the registry lets us.")


class RemovalPreview(Frozen):
    """What deleting an environment would remove, and what is in the way."""

    builds: int = Field(description="Builds, each with its log.")
    images: int
    image_size: int | None = Field(
        description="Sizes of these images in bytes, where layers that they share count in each; "
        "null where a size is not known."
    )
    registry: RemovalInRegistry | None = Field(
        description="What is in the registry, of the environment's own; null where nothing is."
    )
    servers: list[ServerInUse] = Field(description="Servers that have to stop first.")


class EnvironmentEvent(Frozen):
    """Something the caller may see has changed."""

    type: Literal["environment", "build", "deleted"]
    environment: EnvironmentName
    build: Build | None = None
