"""Pushing an image into a registry."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.engine.reference import parse_reference
from tljh_envbuilder.engine.registry_auth import auth_header, registry_auth
from tljh_envbuilder.errors import InvalidRequest, PushFailed
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText


async def push_image(
    connection: Connection, name: str, tag: str, *, step: str, registry_config: str
) -> AsyncGenerator[Step | LogText, None]:
    """Push the image as the step with this id; raises PushFailed or EngineUnavailable."""
    reference = parse_reference(name)
    if reference is None or reference.tag or reference.digest:
        raise InvalidRequest(f"'{name}' is no name for an image in a registry.")
    login = registry_auth(registry_config, reference.registry)
    running = Step(
        id=step, name=f"Push {name}:{tag}", status=StepStatus.RUNNING, started_at=utc_now()
    )
    yield running
    try:
        async with connection.stream(
            f"images/{name}/push",
            params={"tag": tag},
            # Wanted also where there is no login.
            headers={"X-Registry-Auth": login or auth_header(reference.registry)},
        ) as messages:
            async for message in messages:
                if reason := message.get("error"):
                    raise EngineRefused(0, str(reason))
                if "id" not in message and (said := message.get("status")):
                    yield LogText(text=f"{said}\n", step=step)
    except EngineRefused as refused:
        yield _ended(running, StepStatus.FAILED)
        raise PushFailed(
            f"{reference.registry} did not take the image: {refused.reason.strip().rstrip('.')}."
            f" Perhaps it wants a login: docker login {reference.registry}"
        ) from refused
    yield _ended(running, StepStatus.DONE)


def _ended(step: Step, status: StepStatus) -> Step:
    return step.model_copy(update={"status": status, "finished_at": utc_now()})
