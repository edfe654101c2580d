"""Query strings of the collections."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from tljh_envbuilder.models.types import printable


class PageQuery(BaseModel):
    """Which part of a collection."""

    limit: int = Field(50, ge=1, le=500, description="Items at most.")
    offset: int = Field(0, ge=0, le=2**31, description="Items to skip.")


class SearchQuery(PageQuery):
    """Which part of a collection, of those that match."""

    q: Annotated[str, AfterValidator(printable)] = Field(
        "", max_length=200, description="Part of a name, a description or a repository address."
    )


class DeleteQuery(BaseModel):
    """How to delete."""

    force: bool = Field(False, description="Also when servers use it; admins only.")
