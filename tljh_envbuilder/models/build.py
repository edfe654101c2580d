"""A build: one attempt to turn a repository at one commit into an image."""

from __future__ import annotations

from enum import Enum

from pydantic import Field, computed_field

from tljh_envbuilder.models.base import Frozen, Request, UtcDatetime
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.types import EnvironmentName, GitRef


class BuildStatus(str, Enum):
    """Where a build is; the last three are ends."""

    QUEUED = "queued"
    FETCHING = "fetching"
    PULLING = "pulling"
    BUILDING = "building"
    CHECKING = "checking"
    PUSHING = "pushing"
    BUILT = "built"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to the build."""
        return self in ENDED


ENDED = frozenset({BuildStatus.BUILT, BuildStatus.FAILED, BuildStatus.CANCELLED})
ACTIVE = frozenset(BuildStatus) - ENDED
RUNNING = ACTIVE - {BuildStatus.QUEUED}


class Trigger(str, Enum):
    """Why a build was queued."""

    ADD = "add"
    REBUILD = "rebuild"
    WEBHOOK = "webhook"
    SCHEDULE = "schedule"
    RESUME = "resume"
    COPY = "copy"
    RESTORE = "restore"


class StepStatus(str, Enum):
    """Where a step is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Step(Frozen):
    """A step of a build, in the order in which the steps were first seen."""

    id: str
    name: str
    status: StepStatus
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None
    cached: bool = False
    size: int | None = Field(
        None, description="Bytes that it adds to the image, where the engine says so."
    )


class ImageDetails(Frozen):
    """What the check found in an image; decides how a server is started from it."""

    user: str = Field(description="The image's user, by name where it has one.")
    uid: int
    gid: int
    home: str = Field(description="The user's home; a user's volume is mounted here.")
    jupyterhub_version: str = Field(description="Version of jupyterhub-singleuser in the image.")


class RegistryImage(Frozen):
    """Where an image is in a registry."""

    name: str = Field(description="The image's name there, without tag and digest.")
    tag: str | None = Field(None, description="Its tag, which a later build may take over.")
    digest: str = Field(description="Digest of its manifest: this and no other image.")

    @computed_field(description="The image's name with its digest.")  # type: ignore[prop-decorator]
    @property
    def reference(self) -> str:
        """The image's name with its digest."""
        return f"{self.name}@{self.digest}"

    @computed_field(description="Gets the image on any machine.")  # type: ignore[prop-decorator]
    @property
    def pull_command(self) -> str:
        """Gets the image on any machine."""
        return f"docker pull {self.reference}"


class BuildRequest(Request):
    """What a person may say when asking for a rebuild."""

    ref: GitRef | None = Field(None, description="Build this ref; the environment's own if null.")
    no_cache: bool = Field(False, description="Run each step again, whatever is cached.")
    credentials: Credentials | None = Field(
        None, exclude=True, description="The environment's own if null."
    )


class BuildProgress(Frozen):
    """The step that runs now, of how many."""

    step: int = Field(description="Number of the step: the builder's own where it numbers them.")
    total: int | None = Field(description="Number of steps, where the builder says so.")
    name: str = Field(description="What the step does, without its number.")


class Build(Frozen):
    """One build, without its steps."""

    id: int
    environment: EnvironmentName
    repo_url: str = Field(
        description="The repository, as it was when the build was queued; empty for an image."
    )
    source_image: str | None = Field(
        None, description="The image that was asked for, of an environment that is an image."
    )
    builder: str = Field(description="As the environment said then.")
    build_args: dict[str, str] = Field(description="As the environment said then.")
    status: BuildStatus
    ref: str
    resolved_ref: str | None = Field(
        None,
        description="The full commit that the ref stood for; of an image, the hexadecimal digits "
        "of its digest.",
    )
    inputs: str | None = Field(
        None, description="Digest of all that decides what the image becomes."
    )
    image: str | None = Field(None, description="Name and tag of the image.")
    image_id: str | None = Field(None, description="Digest of the image's configuration.")
    registry_image: RegistryImage | None = Field(
        None, description="Where the image is in a registry, if it is in one."
    )
    image_size: int | None = Field(None, description="Size of the image in bytes.")
    image_removed_at: UtcDatetime | None = Field(
        None,
        description="When the image was removed to save space; the build can be launched if a "
        "registry has it, and else be restored.",
    )
    image_details: ImageDetails | None = None
    buildpack: str | None = Field(None, description="What made the Dockerfile.")
    package_count: int | None = Field(
        None, description="Python packages in the image, where they are recorded."
    )
    warnings: list[str] = Field(default_factory=list, description="What a person should know.")
    position: int | None = Field(
        None, description="Place among the builds that wait, 1 for the next; null once it began."
    )
    trigger: Trigger
    origin_build: int | None = Field(
        None, description="The build that this one copies or restores."
    )
    requested_by: str
    no_cache: bool = False
    created_at: UtcDatetime
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None
    published_at: UtcDatetime | None = Field(
        None, description="Since when users get it, or may choose it; null if they may not."
    )
    error: str | None = Field(None, description="One sentence that a person can act on.")
    progress: BuildProgress | None = Field(
        None, description="The step that runs; null for a build that does not run now."
    )


class BuildDetail(Build):
    """One build with its steps."""

    steps: list[Step] = Field(default_factory=list)


class BuildList(Frozen):
    """Builds of an environment, newest first."""

    items: list[Build]
    total: int
