"""The stream of a classic build (old engines, Podman), made into records."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText

# Docker: `Step 3/7 : RUN …`; Podman: `STEP 3/7: RUN …`, `[1/2] STEP 3/7: RUN …` with several stages
_STEP = re.compile(r"(?:\[(?P<stage>\d+/\d+)\] )?(?i:STEP) (?P<number>\d+/\d+) ?: (?P<words>.+)")
_FROM_CACHE = re.compile(r"-{2,3}> Using cache\b")
_SUCCESS = re.compile(r"Successfully (?:built|tagged) ")
# Docker colours what comes from stderr.
_STDERR = re.compile("\x1b\\[91m(?P<text>.*)\x1b\\[0m", re.DOTALL)


class ClassicStream:
    """Reads the `stream` messages of one build; steps have no times of their own there."""

    def __init__(self) -> None:
        self.step: Step | None = None  # the latest
        self.has_succeeded = False
        self._count = 0
        self._in_heading = False

    def read(self, text: str) -> Iterator[Step | LogText]:
        """Yield what one message says."""
        # Docker ends the line that names a step in a message of its own.
        ends_heading, self._in_heading = self._in_heading and text == "\n", False
        if started := _STEP.fullmatch(text.strip()):
            self._in_heading = not text.endswith("\n")
            yield from self.end(StepStatus.DONE)
            yield self._start(started)
            return
        if _FROM_CACHE.match(text.strip()):
            yield from self.end(StepStatus.DONE, cached=True)
        if _SUCCESS.match(text):
            self.has_succeeded = True
            yield from self.end(StepStatus.DONE)
        step = self.step.id if self.step else None
        if coloured := _STDERR.fullmatch(text):
            yield LogText(text=coloured["text"], stream="stderr", step=step)
        elif not ends_heading:
            yield LogText(text=text, step=step)

    def end(self, status: StepStatus, *, cached: bool = False) -> Iterator[Step]:
        """Say how the running step has ended, if one runs."""
        if self.step and self.step.status is StepStatus.RUNNING:
            changes = {"status": status, "finished_at": utc_now(), "cached": cached}
            self.step = self.step.model_copy(update=changes)
            yield self.step

    def _start(self, started: re.Match[str]) -> Step:
        self._count += 1
        position = " ".join(filter(None, (started["stage"], started["number"])))
        self.step = Step(
            id=str(self._count),
            name=f"[{position}] {started['words']}",
            status=StepStatus.RUNNING,
            started_at=utc_now(),
        )
        return self.step
