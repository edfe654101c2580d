"""What happens while a build runs: the records of its log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tljh_envbuilder.models.base import Frozen
from tljh_envbuilder.models.build import BuildStatus, Step


class LogText(Frozen):
    """Output, as it came: any number of lines, the last of them perhaps unfinished."""

    text: str
    stream: Literal["stdout", "stderr"] = "stdout"
    step: str | None = Field(None, description="The step that wrote it; null for the service.")


class StatusChange(Frozen):
    """The build has come to another status."""

    status: BuildStatus


class StepProgress(Frozen):
    """How far a step is, where the engine says so: bytes transferred, layers pulled."""

    step: str
    name: str
    current: int
    total: int | None = None


LogRecord = LogText | Step | StatusChange | StepProgress
