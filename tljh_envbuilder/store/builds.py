"""Builds in the database."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict

from pydantic import BaseModel
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from tljh_envbuilder.errors import BuildEnded, BuildInProgress, BuildNotFound
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import (
    ACTIVE,
    Build,
    BuildDetail,
    BuildStatus,
    ImageDetails,
    RegistryImage,
    Step,
    StepStatus,
    Trigger,
)
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.store.credentials import CredentialStore
from tljh_envbuilder.store.database import Database
from tljh_envbuilder.store.publishing import lock_environment_of, locked_environment, publish
from tljh_envbuilder.store.rows import build_detail_of, build_of, step_of
from tljh_envbuilder.store.schema import BuildCredentialsRow, BuildRow, StepRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

if TYPE_CHECKING:
    from typing_extensions import Unpack

_ACTIVE = [status.value for status in ACTIVE]


class BuildFields(TypedDict, total=False):
    """What may change in a build while it runs."""

    status: BuildStatus
    resolved_ref: str | None
    inputs: str | None
    image: str | None
    image_id: str | None
    registry_image: RegistryImage | None
    image_size: int | None
    image_details: ImageDetails | None
    buildpack: str | None
    package_count: int | None
    packages: str | None
    warnings: list[str]
    trigger: Trigger
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


class BuildStore(Transactional):
    """Builds and their steps, also those of an environment that is being deleted."""

    def __init__(self, database: Database, credentials: CredentialStore) -> None:
        super().__init__(database)
        self._credentials = credentials

    @writes
    async def add(
        self,
        session: AsyncSession,
        environment: str,
        *,
        ref: str | None,
        trigger: Trigger,
        requested_by: str,
        no_cache: bool = False,
        credentials: Credentials | None = None,
        resolved_ref: str | None = None,
    ) -> Build:
        """Queue a build of `ref`, or of the environment's own ref.

        `resolved_ref` is the commit for whose sake it is queued; what is fetched replaces it.
        Raises EnvironmentNotFound, and BuildInProgress while one is queued or running.
        """
        locked = await locked_environment(session, environment)
        row = BuildRow(
            environment=environment,
            repo_url=locked.repo_url,
            source_image=locked.image,
            builder=locked.builder,
            build_args=locked.build_args,
            status=BuildStatus.QUEUED.value,
            ref=ref or locked.ref,
            resolved_ref=resolved_ref,
            warnings=[],
            trigger=trigger.value,
            requested_by=requested_by,
            no_cache=no_cache,
            created_at=utc_now(),
        )
        await _queue(session, row)
        if credentials is not None:
            await self._credentials.keep(
                session, credentials, locked.repo_url, environment=environment, build_id=row.id
            )
        await session.refresh(row)  # for its position
        return build_of(row)

    @writes
    async def restore(self, session: AsyncSession, origin: Build, *, requested_by: str) -> Build:
        """Queue a build of what `origin` was built from, which leaves its environment as it is.

        Raises EnvironmentNotFound, and BuildInProgress while one is queued or running.
        """
        await locked_environment(session, origin.environment)
        original = await _original(session, origin)
        row = BuildRow(
            environment=origin.environment,
            repo_url=origin.repo_url,
            source_image=origin.source_image,
            builder=origin.builder,
            build_args=origin.build_args,
            status=BuildStatus.QUEUED.value,
            ref=origin.resolved_ref or origin.ref,
            resolved_ref=origin.resolved_ref,
            warnings=[],
            trigger=Trigger.RESTORE.value,
            origin_build=original,
            requested_by=requested_by,
            no_cache=False,
            created_at=utc_now(),
        )
        await _queue(session, row)
        await session.refresh(row)
        return build_of(row)

    @reads
    async def returns_of(self, session: AsyncSession, build: Build) -> list[Build]:
        """The build and those that bring the same one back, newest first.

        Builds that have failed or were cancelled are left out.
        """
        original = await _original(session, build)
        query = select(BuildRow).where(
            BuildRow.environment == build.environment,
            or_(BuildRow.id == original, BuildRow.origin_build == original),
            BuildRow.status.in_([*_ACTIVE, BuildStatus.BUILT.value]),
        )
        return [build_of(row) for row in await session.scalars(query.order_by(BuildRow.id.desc()))]

    @reads
    async def get(self, session: AsyncSession, build_id: int) -> BuildDetail:
        """The build with its steps in order; raises BuildNotFound."""
        query = select(BuildRow).where(BuildRow.id == _id(build_id))
        row = await session.scalar(query.options(selectinload(BuildRow.steps)))
        if row is None:
            raise BuildNotFound(build_id)
        return build_detail_of(row)

    @reads
    async def packages(self, session: AsyncSession, build_id: int) -> str | None:
        """The packages in the build's image, as lines of a requirements.txt, if recorded."""
        return await session.scalar(select(BuildRow.packages).where(BuildRow.id == _id(build_id)))

    @reads
    async def built_from(
        self, session: AsyncSession, environment: str, inputs: str
    ) -> Build | None:
        """The latest successful build of the environment that was made from these inputs."""
        return await _latest_built(session, environment, BuildRow.inputs == inputs)

    @reads
    async def published_as(
        self, session: AsyncSession, environment: str, image: str
    ) -> Build | None:
        """The latest successful build of the environment whose image has this name."""
        return await _latest_built(session, environment, BuildRow.image == image)

    @reads
    async def active(self, session: AsyncSession) -> list[Build]:
        """All builds that are queued or running, in order of arrival."""
        query = select(BuildRow).where(BuildRow.status.in_(_ACTIVE)).order_by(BuildRow.id)
        return [build_of(row) for row in await session.scalars(query)]

    @writes
    async def update(
        self, session: AsyncSession, build_id: int, **fields: Unpack[BuildFields]
    ) -> Build:
        """Change some fields; raises BuildNotFound.

        A build that has ended keeps its status: to change that raises BuildEnded.
        """
        row = await locked_build(session, build_id)
        _assign(row, fields)
        await _forget_credentials_if_ended(session, row)
        await session.flush()
        return build_of(row)

    @writes
    async def finish(
        self, session: AsyncSession, build_id: int, **fields: Unpack[BuildFields]
    ) -> Build:
        """The build is built and, unless that waits, its environment points at it, in one.

        `finished_at` is now unless given. Raises BuildNotFound, and BuildEnded.
        """
        fields = {"finished_at": utc_now(), **fields, "status": BuildStatus.BUILT}
        await lock_environment_of(session, _id(build_id))
        row = await locked_build(session, build_id, active=True)
        _assign(row, fields)
        await _forget_credentials_if_ended(session, row)
        await publish(session, row)
        return build_of(row)

    @writes
    async def end(
        self, session: AsyncSession, build_id: int, status: BuildStatus, *, error: str
    ) -> tuple[Build, list[Step]]:
        """The build has failed or was cancelled, and so have the steps that ran, which it returns.

        An image that it had taken is given up. Raises BuildNotFound, and BuildEnded: the first end
        counts.
        """
        row = await locked_build(session, build_id, active=True)
        _assign(row, {"status": status, "error": error, "finished_at": utc_now()})
        if row.image_id is not None:
            row.image_removed_at = row.finished_at
        await _forget_credentials_if_ended(session, row)
        running = select(StepRow).where(
            StepRow.build_id == build_id, StepRow.status == StepStatus.RUNNING.value
        )
        steps = (await session.scalars(running.order_by(StepRow.position))).all()
        ended_as = StepStatus.FAILED if status is BuildStatus.FAILED else StepStatus.CANCELLED
        for step in steps:
            step.status, step.finished_at = ended_as.value, row.finished_at
        await session.flush()
        return build_of(row), [step_of(step) for step in steps]

    @writes
    async def put_step(self, session: AsyncSession, build_id: int, step: Step) -> None:
        """Keep a step as it now is; a new one comes after those there are.

        Raises BuildNotFound, and BuildEnded.
        """
        await locked_build(session, build_id, active=True)
        query = select(StepRow).where(StepRow.build_id == build_id, StepRow.id == step.id)
        row = await session.scalar(query)
        if row is None:
            row = StepRow(build_id=build_id)
            session.add(row)
        for field in Step.model_fields:
            setattr(row, field, _stored(getattr(step, field)))

    # The last one: after it, `list` in this class is no longer the type.
    @reads
    async def list(
        self, session: AsyncSession, environment: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[Build], int]:
        """A page of the builds of an environment, newest first, and how many there are in all."""
        wanted = BuildRow.environment == environment
        page = select(BuildRow).where(wanted).order_by(BuildRow.id.desc())
        total = await session.scalar(select(func.count(BuildRow.id)).where(wanted))
        rows = await session.scalars(page.limit(limit).offset(offset))
        return [build_of(row) for row in rows], total or 0


async def _latest_built(
    session: AsyncSession, environment: str, wanted: ColumnElement[bool]
) -> Build | None:
    query = select(BuildRow).where(
        BuildRow.environment == environment, BuildRow.status == BuildStatus.BUILT.value, wanted
    )
    row = await session.scalar(query.order_by(BuildRow.id.desc()).limit(1))
    return None if row is None else build_of(row)


async def _original(session: AsyncSession, build: Build) -> int:
    """The id of the build that this one brings back; its own if it brings none back."""
    origin = await session.get(BuildRow, build.origin_build) if build.origin_build else None
    is_return = origin is not None and origin.environment == build.environment
    return origin.id if origin is not None and is_return else build.id


async def _queue(session: AsyncSession, row: BuildRow) -> None:
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise BuildInProgress(
            f"A build of {row.environment} is already queued or running."
        ) from error


def _id(build_id: int) -> int:
    """The largest number that a database takes stands for all that are larger; no build has it."""
    return min(build_id, 2**63 - 1)


async def locked_build(session: AsyncSession, build_id: int, *, active: bool = False) -> BuildRow:
    """The row, which nobody else changes until the transaction ends.

    Raises BuildNotFound, and BuildEnded for one that must be `active`.
    """
    row = await session.get(BuildRow, _id(build_id), with_for_update=True)
    if row is None:
        raise BuildNotFound(build_id)
    if active and BuildStatus(row.status).has_ended:
        raise _ended(build_id)
    return row


def _assign(row: BuildRow, fields: BuildFields) -> None:
    unknown = fields.keys() - BuildFields.__annotations__.keys()
    if unknown:
        raise TypeError(f"a build has no {', '.join(sorted(unknown))} to change")
    status = fields.get("status", row.status)
    if BuildStatus(row.status).has_ended and status != row.status:
        raise _ended(row.id)
    for field, value in fields.items():
        setattr(row, field, _stored(value))


async def _forget_credentials_if_ended(session: AsyncSession, row: BuildRow) -> None:
    if BuildStatus(row.status).has_ended:
        given = delete(BuildCredentialsRow).where(BuildCredentialsRow.build_id == row.id)
        await session.execute(given)


def _stored(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _ended(build_id: int) -> BuildEnded:
    return BuildEnded(f"Build {build_id} has already ended.")
