"""Pulling an image."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.engine.transfer import Transfer
from tljh_envbuilder.errors import ImageNotFound, LoginNeeded, PullFailed
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText, StepProgress
from tljh_envbuilder.models.reference import Reference, parse_reference

UNREACHABLE = re.compile(
    r"dial tcp|no such host|timeout|connection (refused|reset)|closed (idle|network) connection"
    r"|broken pipe|\bEOF\b",
    re.I,
)
NOT_ALLOWED = re.compile(r"denied|unauthorized|authentication required|basic auth", re.I)
_NOT_FOUND = re.compile(r"manifest unknown|name unknown|not found", re.I)


async def pull_image(
    connection: Connection, image: str, *, step: str, login: str | None
) -> AsyncGenerator[Step | StepProgress | LogText, None]:
    """Pull the image as the step with this id; raises PullFailed or EngineUnavailable.

    `login` is for its registry, as the value of X-Registry-Auth.
    """
    reference = parse_reference(image)
    if reference is None:
        raise PullFailed(f"'{image}' is not the name of an image.")
    running = Step(id=step, name=f"Pull {image}", status=StepStatus.RUNNING, started_at=utc_now())
    yield running
    download = Transfer()
    try:
        async with connection.stream(
            "images/create",
            # Without a tag the engine would pull all of the repository.
            params={"fromImage": image if reference.tag or reference.digest else f"{image}:latest"},
            headers={"X-Registry-Auth": login} if login else None,
        ) as messages:
            async for message in messages:
                if reason := message.get("error"):
                    raise EngineRefused(0, str(reason))
                if progress := download.read(message, step):
                    yield progress
                elif "id" not in message and (status := message.get("status")):
                    yield LogText(text=f"{status}\n", step=step)
    except EngineRefused as refused:
        yield ended(running, StepStatus.FAILED)
        sentence = _sentence(image, reference, refused.reason, has_login=login is not None)
        if UNREACHABLE.search(refused.reason):
            raise PullFailed(sentence) from refused
        if NOT_ALLOWED.search(refused.reason):
            raise LoginNeeded(sentence, registry=reference.registry) from refused
        if _NOT_FOUND.search(refused.reason):
            raise ImageNotFound(sentence) from refused
        raise PullFailed(sentence) from refused
    yield ended(running, StepStatus.DONE)


def ended(step: Step, status: StepStatus) -> Step:
    """The step as it has ended just now."""
    return step.model_copy(update={"status": status, "finished_at": utc_now()})


def _sentence(image: str, reference: Reference, reason: str, *, has_login: bool) -> str:
    if UNREACHABLE.search(reason):
        return f"Image '{image}' could not be pulled: the engine cannot reach {reference.registry}."
    if NOT_ALLOWED.search(reason):
        hint = "refuses the login it is given" if has_login else "asks for a login"
        return (
            f"Image '{image}' could not be pulled: it does not exist,"
            f" or {reference.registry} {hint}."
        )
    if _NOT_FOUND.search(reason):
        return f"Image '{image}' was not found at {reference.registry}: check its name and its tag."
    return f"Image '{image}' could not be pulled: {reason.strip().rstrip('.')}."
