"""The models that rows stand for: the one place where a row becomes a model."""

from __future__ import annotations

from typing import TypeVar

from tljh_envbuilder.models.build import Build, BuildDetail, BuildStatus, Step
from tljh_envbuilder.models.environment import (
    Builder,
    Environment,
    EnvironmentStatus,
    Publish,
    Schedule,
    Visibility,
)
from tljh_envbuilder.store.schema import AccessRow, BuildRow, EnvironmentRow, StepRow

B = TypeVar("B", bound=Build)


def step_of(row: StepRow) -> Step:
    """The step of a row."""
    return Step.model_validate(row, from_attributes=True)


def build_of(row: BuildRow) -> Build:
    """The build of a row."""
    build = _with_own_image(Build.model_validate(row, from_attributes=True))
    # The position was read with the row, which may have changed since.
    queued = build.status is BuildStatus.QUEUED
    return build if queued else build.model_copy(update={"position": None})


def build_detail_of(row: BuildRow) -> BuildDetail:
    """The build of a row whose steps are loaded."""
    return _with_own_image(BuildDetail.model_validate(row, from_attributes=True))


def _with_own_image(build: B) -> B:
    """The build; one that came to nothing without the image that is to be removed for that."""
    if build.status in {BuildStatus.FAILED, BuildStatus.CANCELLED}:
        return build.model_copy(update={"image": None, "image_id": None, "image_removed_at": None})
    return build


def environment_of(
    row: EnvironmentRow,
    current: BuildRow | None,
    last: BuildRow | None,
    waiting: BuildRow | None,
    has_credentials: bool,
) -> Environment:
    """The environment of a row, with its current build, its last, and the one that waits."""
    current_build = None if current is None else build_of(current)
    last_build = None if last is None else build_of(last)
    waiting_build = None if waiting is None else build_of(waiting)
    return Environment(
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        repo_url=row.repo_url,
        image=row.image,
        ref=row.ref,
        owner=row.owner,
        created_at=row.created_at,
        visibility=_visibility_of(row),
        mem_limit=row.mem_limit,
        cpu_limit=row.cpu_limit,
        profiles=row.profiles,
        builder=Builder(row.builder),
        build_args=row.build_args,
        default_url=row.default_url,
        environment_variables=row.environment_variables,
        has_credentials=has_credentials,
        schedule=Schedule(row.schedule),
        publish=Publish(row.publish),
        checked_at=row.checked_at,
        check_error=row.check_error,
        status=_status_of(current_build, last_build, waiting_build),
        current_build=current_build,
        last_build=last_build,
        waiting_build=waiting_build,
    )


def access_of(visibility: Visibility) -> list[AccessRow]:
    """The rows that say which users and groups an environment is for."""
    users = [AccessRow(kind="user", name=name) for name in sorted(set(visibility.users))]
    groups = [AccessRow(kind="group", name=name) for name in sorted(set(visibility.groups))]
    return users + groups


def _visibility_of(row: EnvironmentRow) -> Visibility:
    return Visibility(
        everyone=row.everyone,
        users=sorted(access.name for access in row.access if access.kind == "user"),
        groups=sorted(access.name for access in row.access if access.kind == "group"),
    )


def _status_of(
    current: Build | None, last: Build | None, waiting: Build | None
) -> EnvironmentStatus:
    if last is not None and not last.status.has_ended:
        if last.status is BuildStatus.QUEUED:
            return EnvironmentStatus.QUEUED
        return EnvironmentStatus.BUILDING
    if current is not None:
        return EnvironmentStatus.READY
    return EnvironmentStatus.FAILED if waiting is None else EnvironmentStatus.UNPUBLISHED
