"""How an error looks to a caller: the same shape for whatever goes wrong."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import BaseModel, Field
from tornado.web import HTTPError

from tljh_envbuilder.errors import EnvBuilderError


class ErrorField(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class Error(BaseModel):
    """An error that a person can act on."""

    status: int
    message: str
    errors: list[ErrorField] = Field(default_factory=list)


def error_model(status: int, exception: BaseException | None) -> Error:
    """Describe an exception without telling what is nobody's business."""
    if isinstance(exception, EnvBuilderError):
        return Error(
            status=exception.http_status,
            message=exception.message,
            errors=[
                ErrorField(field=item.field, message=item.message) for item in exception.errors
            ],
        )
    if isinstance(exception, HTTPError) and status < 500:
        return Error(status=status, message=exception.log_message or HTTPStatus(status).phrase)
    if status < 500:
        return Error(status=status, message=HTTPStatus(status).phrase)
    return Error(status=500, message="Something went wrong; the service's log tells more.")
