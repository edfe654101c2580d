"""The branches and tags of a repository, for a person to choose from."""

from __future__ import annotations

from pydantic import Field, model_validator

from tljh_envbuilder.models.base import Frozen, Request
from tljh_envbuilder.models.credentials import Credentials, split_address
from tljh_envbuilder.models.repository import RepoUrl
from tljh_envbuilder.models.types import EnvironmentName

#: Branches that are listed at most, and tags.
MAX_REFS = 1000


class RefsRequest(Request):
    """Whose branches and tags are wanted."""

    repo_url: RepoUrl
    credentials: Credentials | None = Field(
        None, exclude=True, description="For a private repository; used for this look alone."
    )
    environment: EnvironmentName | None = Field(
        None,
        description="Use the credentials that this environment remembers, if none are given and "
        "they are for the repository's host.",
    )

    _split_address = model_validator(mode="before")(split_address)


class RefList(Frozen):
    """The branches and tags that can be built, in natural order."""

    default_branch: str | None = Field(description="What HEAD stands for, where the host says so.")
    branches: list[str]
    tags: list[str]
    truncated: bool = Field(description=f"Whether there are more than {MAX_REFS} of a kind.")
