"""Servers that a person has, and how one starts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tljh_envbuilder.models.base import Frozen, UtcDatetime
from tljh_envbuilder.models.launch import Size


class ServerDetail(Frozen):
    """A server as the Hub knows it, with what the container engine says of it.

    What is asked of the engine is null where that does not answer in time, or has no limit.
    """

    server_name: str = Field(description="Empty for the default server.")
    url: str = Field(description="Where the server is, or shows its progress while it starts.")
    ready: bool
    pending: Literal["spawn", "stop"] | None
    started_at: UtcDatetime | None
    last_activity: UtcDatetime | None
    environment: str | None = Field(description="Null for a server that was started without one.")
    display_name: str | None = Field(description="Null for an environment that one may not see.")
    profile: str | None
    own_size: Size | None = Field(
        None, description="The size that was chosen in place of a profile."
    )
    chosen_build: int | None = Field(
        description="The build that was asked for; null for the one that was current then."
    )
    build: int | None = Field(description="The build whose image it runs.")
    resolved_ref: str | None = Field(description="The commit of that build.")
    outdated: bool = Field(
        description="Whether its environment has another current build by now, which it would run "
        "if its build had not been chosen."
    )
    is_test: bool = Field(
        description="Whether it tries a build that was not published, with a home that goes with "
        "the server."
    )
    memory_used: int | None = Field(description="Bytes.")
    mem_limit: int | None = Field(description="Bytes.")
    cpu_used: float | None = Field(description="Cores.")
    cpu_limit: float | None = Field(description="Cores.")


class ServerList(Frozen):
    """The servers that run, start or stop; the default one first."""

    items: list[ServerDetail]


class ServerProgress(Frozen):
    """How far the start of a server is; the last event is `ready` or `failed`."""

    progress: int = Field(ge=0, le=100)
    message: str = ""
    ready: bool = False
    failed: bool = False
    url: str | None = Field(None, description="Where the server is, once it is ready.")
