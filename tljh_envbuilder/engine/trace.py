"""The trace of a BuildKit build, made into records."""

from __future__ import annotations

import base64
import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterator
from typing import Any, Literal

from tljh_envbuilder.engine.buildkit import StatusResponse, as_datetime
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText, StepProgress

Stream = Literal["stdout", "stderr"]

_STDERR = 2

# Where a step finds what it needs: long, and nothing that it does.
_MOUNT = re.compile(r" --mount=\S+")


def _step_id(digest: str) -> str:
    """Name a vertex in short: the same vertex has the same id in every build."""
    return digest.partition(":")[2][:12]


class Trace:
    """Reads the trace of one build; keeps the last state of each step, and nothing of its log."""

    def __init__(self) -> None:
        self.failed: Step | None = None  # the step that failed last, if any
        self.failure = ""  # why, in BuildKit's words
        self._steps: dict[str, Step] = {}
        self._decoders: dict[tuple[str, Stream], IncrementalDecoder] = {}

    def read(self, aux: str) -> Iterator[Step | StepProgress | LogText]:
        """Yield what one message says: starts first, then output, then ends."""
        response = StatusResponse.FromString(base64.b64decode(aux))
        for vertex in response.vertexes:
            yield from self._start(vertex)
        for status in response.statuses:
            yield from _progress(status)
        for log in response.logs:
            yield from self._text(
                _step_id(log.vertex), "stderr" if log.stream == _STDERR else "stdout", log.msg
            )
        for warning in response.warnings:
            text = warning.short.decode("utf-8", "replace")
            yield LogText(text=f"Warning: {text}\n", stream="stderr", step=_step_id(warning.vertex))
        for vertex in response.vertexes:
            yield from self._end(vertex)

    def _start(self, vertex: Any) -> Iterator[Step]:
        """A vertex can start again after it has ended; one that is cached never runs."""
        if vertex.cached or not vertex.HasField("started"):
            return
        known = self._steps.get(vertex.digest)
        starts_again = (
            known is not None
            and known.status is not StepStatus.RUNNING
            and not vertex.HasField("completed")
        )
        if known is None or starts_again:
            step = Step(
                id=_step_id(vertex.digest),
                name=_MOUNT.sub("", vertex.name),
                status=StepStatus.RUNNING,
                started_at=as_datetime(vertex.started),
            )
            self._steps[vertex.digest] = step
            yield step

    def _end(self, vertex: Any) -> Iterator[Step | LogText]:
        if not vertex.HasField("completed"):
            return
        step = Step(
            id=_step_id(vertex.digest),
            name=_MOUNT.sub("", vertex.name),
            status=_ended_status(vertex.error),
            started_at=as_datetime(vertex.started) if vertex.HasField("started") else None,
            finished_at=as_datetime(vertex.completed),
            cached=vertex.cached,
        )
        known = self._steps.get(vertex.digest)
        if known is not None and known.status is step.status:
            return  # BuildKit comes back to what it has done in this very build
        self._steps[vertex.digest] = step
        if step.status is StepStatus.FAILED:
            self.failed, self.failure = step, vertex.error
        yield from self._text(step.id, "stdout", b"", final=True)
        yield from self._text(step.id, "stderr", b"", final=True)
        yield step

    def _text(
        self, step: str, stream: Stream, data: bytes, *, final: bool = False
    ) -> Iterator[LogText]:
        """Decode output whose characters may be split over messages."""
        key = (step, stream)
        if key not in self._decoders:
            if final:
                return
            self._decoders[key] = getincrementaldecoder("utf-8")(errors="replace")
        text = self._decoders[key].decode(data, final)
        if final:
            del self._decoders[key]
        if text:
            yield LogText(text=text, stream=stream, step=step)


def _progress(status: Any) -> Iterator[StepProgress]:
    # Something without a size ("exporting layers") is said once, when it starts.
    if status.current or not status.HasField("completed"):
        yield StepProgress(
            step=_step_id(status.vertex),
            name=status.name or status.ID,
            current=status.current,
            total=status.total or None,
        )


def _ended_status(error: str) -> StepStatus:
    if not error:
        return StepStatus.DONE
    return StepStatus.CANCELLED if "context canceled" in error else StepStatus.FAILED
