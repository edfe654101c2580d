"""Webhooks: how a git forge tells that a repository has moved."""

from __future__ import annotations

from pydantic import Field

from tljh_envbuilder.models.base import Frozen


class Webhook(Frozen):
    """What to enter at the forge."""

    url: str = Field(description="Where the forge sends its events.")
    secret: str = Field(description="What the forge signs its events with, or sends as a token.")


class HookAnswer(Frozen):
    """What came of a push, for the forge's list of deliveries."""

    build: int | None = Field(None, description="The build that is queued for it; null for none.")
    message: str
