"""Pulling an image that a build starts from."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.engine.reference import Reference, parse_reference
from tljh_envbuilder.engine.registry_auth import auth_header, registry_auth
from tljh_envbuilder.errors import LoginNeeded, PullFailed
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText, StepProgress

# The engine reports each layer many times a second; people read a few numbers a second.
_SECONDS_BETWEEN_PROGRESS = 0.2

_UNREACHABLE = re.compile(r"dial tcp|no such host|timeout|connection refused|\bEOF\b", re.I)
_NOT_ALLOWED = re.compile(r"denied|unauthorized|authentication required|basic auth", re.I)
_NOT_FOUND = re.compile(r"manifest unknown|name unknown|not found", re.I)


async def pull_image(
    connection: Connection,
    image: str,
    *,
    step: str,
    registry_config: str,
    login: tuple[str, str] | None = None,
) -> AsyncGenerator[Step | StepProgress | LogText, None]:
    """Pull the image as the step with this id; raises PullFailed or EngineUnavailable.

    A `login`, user name and password, comes before the one that the file has.
    """
    reference = parse_reference(image)
    if reference is None:
        raise PullFailed(f"'{image}' is not the name of an image.")
    if login is None:
        header = registry_auth(registry_config, reference.registry)
    else:
        header = auth_header(reference.registry, username=login[0], password=login[1])
    running = Step(id=step, name=f"Pull {image}", status=StepStatus.RUNNING, started_at=utc_now())
    yield running
    download = _Download()
    try:
        async with connection.stream(
            "images/create",
            # Without a tag the engine would pull all of the repository.
            params={"fromImage": image if reference.tag or reference.digest else f"{image}:latest"},
            headers={"X-Registry-Auth": header} if header else None,
        ) as messages:
            async for message in messages:
                if reason := message.get("error"):
                    raise EngineRefused(0, str(reason))
                if progress := download.read(message, step):
                    yield progress
                elif "id" not in message and (status := message.get("status")):
                    yield LogText(text=f"{status}\n", step=step)
    except EngineRefused as refused:
        yield _ended(running, StepStatus.FAILED)
        sentence = _sentence(image, reference, refused.reason, has_login=header is not None)
        if _NOT_ALLOWED.search(refused.reason) and not _UNREACHABLE.search(refused.reason):
            raise LoginNeeded(sentence, registry=reference.registry) from refused
        raise PullFailed(sentence) from refused
    yield _ended(running, StepStatus.DONE)


def _ended(step: Step, status: StepStatus) -> Step:
    return step.model_copy(update={"status": status, "finished_at": utc_now()})


def _sentence(image: str, reference: Reference, reason: str, *, has_login: bool) -> str:
    if _UNREACHABLE.search(reason):
        return f"Image '{image}' could not be pulled: the engine cannot reach {reference.registry}."
    if _NOT_ALLOWED.search(reason):
        hint = "refuses the login it is given" if has_login else "asks for a login"
        return (
            f"Image '{image}' could not be pulled: it does not exist,"
            f" or {reference.registry} {hint}."
        )
    if _NOT_FOUND.search(reason):
        return f"Image '{image}' was not found at {reference.registry}: check its name and its tag."
    return f"Image '{image}' could not be pulled: {reason.strip().rstrip('.')}."


@dataclass
class _Layer:
    current: int = 0
    total: int | None = None


class _Download:
    """How many bytes of how many have come, over all layers."""

    def __init__(self) -> None:
        self._layers: dict[str, _Layer] = {}
        self._last = (0, 0.0)  # bytes, and when they were reported

    def read(self, message: Mapping[str, Any], step: str) -> StepProgress | None:
        """Take in what is said of a layer; give the new sum if it is time for it."""
        status = message.get("status")
        if status in ("Pulling fs layer", "Waiting"):
            self._layers.setdefault(message["id"], _Layer())
        elif status == "Downloading":
            detail = message.get("progressDetail") or {}
            self._layers[message["id"]] = _Layer(detail.get("current", 0), detail.get("total"))
        elif status == "Download complete" and (layer := self._layers.get(message["id"])):
            layer.current = layer.total = layer.total or layer.current
        else:
            return None
        return self._sum(step)

    def _sum(self, step: str) -> StepProgress | None:
        current = sum(layer.current for layer in self._layers.values())
        totals = [layer.total for layer in self._layers.values()]
        # A total that grew as layers are heard of would make a bar run backwards.
        total = None if None in totals else sum(filter(None, totals))
        reported, when = self._last
        now = time.monotonic()
        if current == reported or (current != total and now < when + _SECONDS_BETWEEN_PROGRESS):
            return None
        self._last = (current, now)
        return StepProgress(step=step, name="download", current=current, total=total)
