"""What each handler method does, takes and answers: openapi.json is made from this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
PLAIN_TEXT = "text/plain"

METHODS = ("get", "post", "put", "patch", "delete")

#: A model, or the type of another body, such as `str` for plain text; None for an empty answer.
Body = type[BaseModel] | type[str] | None
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """One method of one route."""

    summary: str
    answers: dict[int, Body]
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()
    content_types: tuple[str, ...] = (JSON,)
    public: bool = False
    headers: dict[str, TypeAdapter[Any]] = field(default_factory=dict)
    events: tuple[type[BaseModel], ...] = ()


def operation(
    summary: str,
    *,
    answers: dict[int, Body],
    request: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    errors: tuple[int, ...] = (),
    content_types: tuple[str, ...] = (JSON,),
    public: bool = False,
    headers: dict[str, TypeAdapter[Any]] | None = None,
    events: tuple[type[BaseModel], ...] = (),
) -> Callable[[Method], Method]:
    """Describe a handler method; `errors` are those beyond what every method may answer.

    `events` are the models of the events of a stream.
    """
    described = Operation(
        summary=summary,
        answers=answers,
        request=request,
        query=query,
        errors=errors,
        content_types=content_types,
        public=public,
        headers=headers or {},
        events=events,
    )

    def describe(method: Method) -> Method:
        method.operation = described  # type: ignore[attr-defined]
        return method

    return describe


def methods_of(handler: type) -> list[str]:
    """The HTTP methods that a handler has, in lower case."""
    return [name for name in METHODS if operation_of(getattr(handler, name, None))]


def operation_of(method: Callable[..., Any] | None) -> Operation | None:
    """What a handler method says of itself; None for a method that a handler does not have."""
    return getattr(method, "operation", None)
