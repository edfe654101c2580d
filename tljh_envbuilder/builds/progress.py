"""Which step of a build runs, and telling of it, but not too often."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from tljh_envbuilder.models.build import BuildProgress, Step, StepStatus

#: Shortest time between two tellings, in seconds.
INTERVAL = 0.25

# `[ 7/23] RUN …`, `[stage-1 7/23] …`, `[linux/arm64 stage 7/23] …`, `[1/2 7/23] …`
_NUMBERED = re.compile(
    r"\[(?:[^\]]*\s)?(?P<step>\d{1,9})/(?P<total>\d{1,9})\]\s*(?P<name>.*)", re.DOTALL
)


def progress_of(name: str, nth: int) -> BuildProgress:
    """What the name of a step tells; `nth` is its number where the name has none."""
    if numbered := _NUMBERED.fullmatch(name):
        return BuildProgress(
            step=int(numbered["step"]), total=int(numbered["total"]), name=numbered["name"]
        )
    return BuildProgress(step=nth, total=None, name=name)


class RunningStep:
    """The step of one build that runs.

    Of several at once it is the one that started last. Between two steps it is the one that has
    just ended, so that nothing flickers. `tell` is called when it has changed.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self.current: BuildProgress | None = None
        self._tell = tell
        self._seen: dict[str, int] = {}  # each step's place in the order of their first starts
        self._running: dict[str, BuildProgress] = {}
        self._told_at = float("-inf")
        self._due: asyncio.TimerHandle | None = None

    def saw(self, step: Step) -> None:
        """Take in what has become of a step."""
        nth = self._seen.setdefault(step.id, len(self._seen) + 1)
        self._running.pop(step.id, None)
        if step.status is StepStatus.RUNNING:
            self._running[step.id] = progress_of(step.name, nth)
        now = next(reversed(self._running.values()), self.current)
        if now != self.current:
            self.current = now
            self._tell_soon()

    def reset(self) -> None:
        """Forget all steps: the build has come to something else, which is told by itself."""
        self.current = None
        self._seen.clear()
        self._running.clear()
        self.told()

    def told(self) -> None:
        """It has just been told together with something else."""
        self.stop()
        self._told_at = asyncio.get_running_loop().time()

    def stop(self) -> None:
        """Tell nothing more of what has been seen."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _tell_soon(self) -> None:
        loop = asyncio.get_running_loop()
        if self._due is None:
            self._due = loop.call_at(max(loop.time(), self._told_at + INTERVAL), self._tell_now)

    def _tell_now(self) -> None:
        self.told()
        self._tell()
