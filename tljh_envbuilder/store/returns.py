"""Builds that bring an older one of their environment back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased

from tljh_envbuilder.store.schema import BuildRow


def is_return(build: Any) -> ColumnElement[bool]:
    """Whether a row of `build`, which may be an alias, brings an older one back.

    By its origin and not its trigger, which says something else once the build was interrupted.
    """
    origin = aliased(BuildRow)
    return exists().where(origin.id == build.origin_build, origin.environment == build.environment)
