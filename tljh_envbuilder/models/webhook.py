"""Webhooks: how a git host tells that a repository has moved."""

from __future__ import annotations

from pydantic import Field

from tljh_envbuilder.models.base import Frozen


class Webhook(Frozen):
    """What to enter at the git host."""

    url: str = Field(description="Where the git host sends its events.")
    secret: str = Field(description="What the git host signs its events with, or sends as a token.")


class HookAnswer(Frozen):
    """What came of a push, for the git host's list of deliveries."""

    build: int | None = Field(None, description="The build that is queued for it; null for none.")
    message: str
