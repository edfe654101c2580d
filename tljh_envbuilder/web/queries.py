"""Query strings of the collections."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from tljh_envbuilder.models.environment import EnvironmentSort, EnvironmentStatus
from tljh_envbuilder.models.types import ServerName, printable


class PageQuery(BaseModel):
    """Which part of a collection."""

    limit: int = Field(50, ge=1, le=500, description="Items at most.")
    offset: int = Field(0, ge=0, le=2**31, description="Items to skip.")


class SearchQuery(PageQuery):
    """Which part of a collection, of those that match."""

    q: Annotated[str, AfterValidator(printable)] = Field(
        "", max_length=200, description="Part of a name, a description or a repository address."
    )
    sort: EnvironmentSort = Field(
        EnvironmentSort.NAME,
        description="By display name, time of the current build, time of creation, status or "
        "owner; '-' for the opposite order. Without a current build: last.",
    )
    status: EnvironmentStatus | None = Field(None, description="Those with this status.")
    owner: Annotated[str, AfterValidator(printable)] | None = Field(
        None, min_length=1, max_length=300, description="Those of this owner."
    )


class ServerQuery(BaseModel):
    """Which of the caller's servers."""

    server_name: ServerName = ""


class DeleteQuery(BaseModel):
    """How to delete."""

    force: bool = Field(False, description="Also when servers use it; admins only.")
