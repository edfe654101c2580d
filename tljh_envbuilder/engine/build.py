"""Building an image from a context."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tljh_envbuilder.engine.classic import ClassicStream
from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.engine.failure import build_failure
from tljh_envbuilder.engine.trace import Trace
from tljh_envbuilder.errors import ImageBuildFailed
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText, StepProgress

BuildRecord = LogText | Step | StepProgress


async def build_image(
    connection: Connection,
    context: Path,
    *,
    tag: str,
    dockerfile: str,
    build_args: Mapping[str, str],
    labels: Mapping[str, str],
    no_cache: bool = False,
    builder: Literal["1", "2"] = "2",
    extra_hosts: Sequence[str] = (),
) -> AsyncGenerator[BuildRecord, None]:
    """Stream the tar file to the engine, and yield what the engine says as it says it.

    `builder` is the Engine API's `version`: 2 is BuildKit, 1 is the classic builder; Podman
    ignores it. `extra_hosts` are for the steps' /etc/hosts, as `name:address`. Raises
    ImageBuildFailed or EngineUnavailable.
    """
    params = {
        "version": builder,
        "t": tag,
        "dockerfile": dockerfile,
        "buildargs": dict(build_args),
        "labels": dict(labels),
        "nocache": no_cache,
        **({"extrahosts": list(extra_hosts)} if extra_hosts else {}),
        "forcerm": True,  # or a failed step of the classic builder leaves its container
    }
    answer = _Answer()
    with await asyncio.to_thread(context.open, "rb") as tar:
        try:
            async with connection.stream(
                "build", params=params, headers={"Content-Type": "application/x-tar"}, body=tar
            ) as messages:
                async for message in messages:
                    for record in answer.read(message):
                        yield record
        except EngineRefused as refused:
            raise build_failure(refused.reason, None) from refused
    for record in answer.end():
        yield record


class _Answer:
    """What the engine answers, in the one form or the other."""

    def __init__(self) -> None:
        self._trace = Trace()
        self._classic = ClassicStream()
        self._has_image = False

    def read(self, message: Mapping[str, Any]) -> Iterator[BuildRecord]:
        """Yield what one message says; raise the failure that it says."""
        if reason := message.get("error"):
            yield from self._fail(str(reason))
        elif message.get("id") == "moby.buildkit.trace":
            yield from self._trace.read(message["aux"])
        elif "aux" in message:
            self._has_image = True
        elif text := message.get("stream"):
            yield from self._classic.read(text)
        elif (status := message.get("status")) and not message.get("progressDetail"):
            yield LogText(text=f"{status}\n")

    def end(self) -> Iterator[BuildRecord]:
        """Make sure that the answer has come to a good end."""
        if not (self._has_image or self._classic.has_succeeded):
            yield from self._classic.end(StepStatus.CANCELLED)
            raise ImageBuildFailed("The container engine ended the build without saying why.")
        yield from self._classic.end(StepStatus.DONE)

    def _fail(self, reason: str) -> Iterator[BuildRecord]:
        yield from self._classic.end(StepStatus.FAILED)
        if self._trace.failed:
            raise build_failure(self._trace.failure, self._trace.failed)
        raise build_failure(reason, self._classic.step)
