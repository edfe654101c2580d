"""Pushing an image into a registry."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from urllib.parse import quote

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.engine.pull import NOT_ALLOWED, UNREACHABLE, ended
from tljh_envbuilder.engine.transfer import Transfer
from tljh_envbuilder.errors import PushFailed, PushRefused
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import RegistryImage, Step, StepStatus
from tljh_envbuilder.models.events import LogText, StepProgress
from tljh_envbuilder.models.reference import parse_reference

# The engine wants the header also where there is no login.
_NO_LOGIN = base64.urlsafe_b64encode(b"{}").decode()

PushRecord = Step | StepProgress | LogText | RegistryImage


async def push_image(
    connection: Connection, name: str, tag: str, *, step: str, login: str | None
) -> AsyncGenerator[PushRecord, None]:
    """Push the image that the engine has by this name, as the step with this id.

    The last thing it yields is where the image is. Leaving it stops the push. Raises PushFailed or
    EngineUnavailable.
    """
    running = Step(id=step, name=f"Push {name}:{tag}", status=StepStatus.RUNNING)
    running = running.model_copy(update={"started_at": utc_now()})
    yield running
    upload = Transfer()
    pushed: RegistryImage | None = None
    try:
        async with connection.stream(
            f"images/{quote(name, safe='/:')}/push",
            params={"tag": tag},
            headers={"X-Registry-Auth": login or _NO_LOGIN},
        ) as messages:
            async for message in messages:
                if reason := message.get("error"):
                    raise EngineRefused(0, str(reason))
                if digest := (message.get("aux") or {}).get("Digest"):
                    pushed = RegistryImage(name=name, tag=tag, digest=digest)
                elif progress := upload.read(message, step):
                    yield progress
                elif "id" not in message and (status := message.get("status")):
                    yield LogText(text=f"{status}\n", step=step)
        # Podman does not say it.
        pushed = pushed or await _known(connection, name, tag)
    except EngineRefused as refused:
        yield ended(running, StepStatus.FAILED)
        raise _failure(name, refused.reason, has_login=login is not None) from refused
    yield ended(running, StepStatus.DONE)
    yield pushed


async def _known(connection: Connection, name: str, tag: str) -> RegistryImage:
    """What the engine has noted of the image that it has just pushed."""
    with connection.client() as docker:
        found = await docker.images.inspect(f"{name}:{tag}")
    for reference in found.get("RepoDigests") or ():
        if reference.startswith(f"{name}@"):
            return RegistryImage(name=name, tag=tag, digest=reference.partition("@")[2])
    raise EngineRefused(0, "it does not tell the digest of what it has pushed")


def _failure(name: str, reason: str, *, has_login: bool) -> PushFailed:
    parsed = parse_reference(name)
    registry = parsed.registry if parsed else name
    if NOT_ALLOWED.search(reason):
        hint = "does not let this login push" if has_login else "asks for a login"
        return PushRefused(f"{registry} {hint} to '{name}'.", registry=registry)
    if UNREACHABLE.search(reason):
        return PushFailed(f"The engine cannot reach {registry}.")
    return PushFailed(f"{registry} did not take the image: {reason.strip().rstrip('.')[:500]}.")
