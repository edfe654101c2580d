"""What all models share."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


def _rfc3339(value: datetime) -> str:
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


#: An aware time, written as RFC 3339 in UTC with milliseconds.
UtcDatetime = Annotated[
    datetime,
    PlainSerializer(_rfc3339, return_type=str, when_used="json"),
]


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(timezone.utc)


class Frozen(BaseModel):
    """A value: made once, checked when made, never changed."""

    model_config = ConfigDict(frozen=True)


class Request(Frozen):
    """What somebody asks for: fields that nobody knows are an error, not a surprise."""

    # Nor do errors repeat what somebody sent: it may be a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
