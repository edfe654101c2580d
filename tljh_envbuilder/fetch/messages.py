"""What the service and its fetch worker say to each other: a JSON object on each line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tljh_envbuilder.models.base import Frozen, Request
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.environment import BuildArgs, Builder
from tljh_envbuilder.models.refs import RefList
from tljh_envbuilder.models.repository import RepoUrl
from tljh_envbuilder.models.types import GitRef

#: Where the repository's files are in every image.
REPO_DIR = "/srv/repo"

#: Name of the context that the worker leaves in its working directory.
CONTEXT_NAME = "context.tar"

#: Arguments of a worker that is to look at a repository instead of fetching it.
RESOLVE = "--resolve"
LIST = "--refs"

#: Argument of a worker that is to tell whether it could work.
CHECK = "--check"

#: In place of a repository: what all environments of a Python share, and nothing else.
NO_REPOSITORY = "https://none.invalid/none"

Commit = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]


class PythonSettings(Request):
    """How repositories that pip can satisfy are built."""

    image: str = Field(description="Base image; `{version}` in it is the Python version.")
    versions: list[str] = Field(description="Versions with a base image, the usual one first.")
    jupyter: list[str] = Field(description="Requirements of Jupyter, the same for all.")
    package_index: str = Field("", description="Address in place of PyPI; empty for PyPI.")
    share_packages: bool = Field(True, description="Whether builds share downloaded packages.")


class FetchRequest(Request):
    """What the worker is to fetch, to resolve or to list; the only line that it reads."""

    repo_url: RepoUrl
    ref: GitRef
    builder: Builder
    build_args: BuildArgs
    python: PythonSettings
    allowed_protocols: list[str] = Field(description="Protocols that git may speak.")
    allowed_hosts: list[str] = Field([], description="Hosts of submodules; empty for any.")
    max_bytes: int = Field(description="No file may become larger, the context included.")
    credentials: Credentials | None = None
    known_hosts: str = Field("", description="SSH hosts and their keys, as in known_hosts files.")


class LogEvent(Frozen):
    """Output for the build's log, in whole lines."""

    event: Literal["log"] = "log"
    text: str


class ContextEvent(Frozen):
    """The context is written, without its Dockerfile: that one is added before the build."""

    event: Literal["context"] = "context"
    commit: Commit
    buildpack: str = Field(description="What made the Dockerfile.")
    dockerfile_name: str = Field(description="Path of the Dockerfile in the context.")
    dockerfile: str
    build_args: dict[str, str]
    labels: dict[str, str]


class ResolvedEvent(Frozen):
    """Which commit the ref stands for; null for a shortened commit, which is only itself."""

    event: Literal["resolved"] = "resolved"
    commit: Commit | None


class RefsEvent(RefList):
    """The branches and tags that the repository has."""

    event: Literal["refs"] = "refs"


class ErrorEvent(Frozen):
    """There will be no result; the message is one sentence for a person."""

    event: Literal["error"] = "error"
    message: Annotated[str, Field(max_length=2000)]


Result = ContextEvent | ResolvedEvent | RefsEvent
Event = Annotated[LogEvent | Result | ErrorEvent, Field(discriminator="event")]
EVENT: TypeAdapter[LogEvent | Result | ErrorEvent] = TypeAdapter(Event)
