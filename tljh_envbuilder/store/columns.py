"""Types of columns that mean the same on every database."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator

#: Sizes in bytes, and ids that are never used twice; SQLite counts only its own INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")

#: A list or a dict; None is NULL, not JSON's null.
Json = JSON(none_as_null=True)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite itself keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write any aware time as UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a time zone")
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read an aware time."""
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        return None if value is None else value.astimezone(timezone.utc)


class CleanText(TypeDecorator[str]):
    """Text that every database takes: PostgreSQL refuses NUL, and UTF-8 lone surrogates.

    What builds print ends in errors and step names, and what browsers send in look-ups. A broken
    character becomes another one, so that a look-up finds nothing rather than fails.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else clean(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Read what was stored."""
        return value


def clean(value: Any) -> str:
    """The text with each NUL and lone surrogate replaced."""
    return str(value).encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
