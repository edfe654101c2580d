"""Builds in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from tljh_envbuilder.errors import BuildEnded, BuildInProgress, BuildNotFound
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import (
    ACTIVE,
    RUNNING,
    Build,
    BuildDetail,
    BuildStatus,
    ImageDetails,
    Step,
    StepStatus,
    Trigger,
)
from tljh_envbuilder.store.publishing import lock_environment_of, locked_environment, make_current
from tljh_envbuilder.store.rows import build_detail_of, build_of, step_of
from tljh_envbuilder.store.schema import BuildRow, EnvironmentRow, StepRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

if TYPE_CHECKING:
    from typing_extensions import Unpack

_ACTIVE = [status.value for status in ACTIVE]
_RUNNING = [status.value for status in RUNNING]


class BuildFields(TypedDict, total=False):
    """What may change in a build while it runs."""

    status: BuildStatus
    resolved_ref: str | None
    image: str | None
    image_id: str | None
    image_size: int | None
    image_details: ImageDetails | None
    buildpack: str | None
    warnings: list[str]
    trigger: Trigger
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


class BuildStore(Transactional):
    """Builds and their steps, also those of an environment that is being deleted."""

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
    ) -> Build:
        """Queue a build of `ref`, or of the environment's own ref.

        Raises EnvironmentNotFound, and BuildInProgress while one is queued or running.
        """
        locked = await locked_environment(session, environment)
        row = BuildRow(
            environment=environment,
            status=BuildStatus.QUEUED.value,
            ref=ref or locked.ref,
            warnings=[],
            trigger=trigger.value,
            requested_by=requested_by,
            no_cache=no_cache,
            created_at=utc_now(),
        )
        session.add(row)
        try:
            await session.flush()
        except IntegrityError as error:
            raise BuildInProgress(
                f"A build of {environment} is already queued or running."
            ) from error
        return build_of(row)

    @reads
    async def get(self, session: AsyncSession, build_id: int) -> BuildDetail:
        """The build with its steps in order; raises BuildNotFound."""
        query = select(BuildRow).where(BuildRow.id == _id(build_id))
        row = await session.scalar(query.options(selectinload(BuildRow.steps)))
        if row is None:
            raise _not_found(build_id)
        return build_detail_of(row)

    @reads
    async def next_queued(
        self, session: AsyncSession, *, exclude: Collection[int] = ()
    ) -> Build | None:
        """The queued build that came first, of an environment that is not being deleted."""
        query = (
            select(BuildRow)
            .join(EnvironmentRow, EnvironmentRow.name == BuildRow.environment)
            .where(
                BuildRow.status == BuildStatus.QUEUED.value,
                BuildRow.id.not_in(exclude),
                ~EnvironmentRow.deleting,
            )
            .order_by(BuildRow.id)
            .limit(1)
        )
        row = await session.scalar(query)
        return None if row is None else build_of(row)

    @reads
    async def queued(self, session: AsyncSession) -> int:
        """How many builds wait."""
        query = select(func.count(BuildRow.id)).where(BuildRow.status == BuildStatus.QUEUED.value)
        return await session.scalar(query) or 0

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
        row = await _locked(session, build_id)
        _assign(row, fields)
        await session.flush()
        return build_of(row)

    @writes
    async def finish(
        self, session: AsyncSession, build_id: int, **fields: Unpack[BuildFields]
    ) -> Build:
        """Publish: the build is built and its environment points at it, both or neither.

        `finished_at` is now unless given. Raises BuildNotFound, and BuildEnded.
        """
        fields = {"finished_at": utc_now(), **fields, "status": BuildStatus.BUILT}
        await lock_environment_of(session, _id(build_id))
        row = await _locked(session, build_id)
        if BuildStatus(row.status).has_ended:
            raise _ended(build_id)
        _assign(row, fields)
        await make_current(session, row)
        return build_of(row)

    @writes
    async def put_step(self, session: AsyncSession, build_id: int, step: Step) -> None:
        """Keep a step as it now is; a new one comes after those there are."""
        await _locked(session, build_id)
        query = select(StepRow).where(StepRow.build_id == build_id, StepRow.id == step.id)
        row = await session.scalar(query)
        if row is None:
            row = StepRow(build_id=build_id)
            session.add(row)
        for field in Step.model_fields:
            setattr(row, field, _stored(getattr(step, field)))

    @writes
    async def close_steps(
        self, session: AsyncSession, build_id: int, status: StepStatus, at: datetime
    ) -> list[Step]:
        """Give the steps that still run this status, as of `at`, and return them."""
        query = (
            select(StepRow)
            .where(StepRow.build_id == build_id, StepRow.status == StepStatus.RUNNING.value)
            .order_by(StepRow.position)
        )
        rows = (await session.scalars(query)).all()
        for row in rows:
            row.status, row.finished_at = status.value, at
        return [step_of(row) for row in rows]

    @writes
    async def requeue_running(self, session: AsyncSession) -> list[Build]:
        """Queue again what was running when the service ended, with its id and so its place."""
        query = select(BuildRow).where(BuildRow.status.in_(_RUNNING)).order_by(BuildRow.id)
        rows = (await session.scalars(query)).all()
        for row in rows:
            row.status, row.trigger = BuildStatus.QUEUED.value, Trigger.RESUME.value
            row.started_at = None
        return [build_of(row) for row in rows]

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


def _id(build_id: int) -> int:
    """The largest number that a database takes stands for all that are larger; no build has it."""
    return min(build_id, 2**63 - 1)


async def _locked(session: AsyncSession, build_id: int) -> BuildRow:
    """The row, which nobody else changes until the transaction ends."""
    row = await session.get(BuildRow, _id(build_id), with_for_update=True)
    if row is None:
        raise _not_found(build_id)
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


def _stored(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _not_found(build_id: int) -> BuildNotFound:
    return BuildNotFound(f"There is no build {build_id}.")


def _ended(build_id: int) -> BuildEnded:
    return BuildEnded(f"Build {build_id} has already ended.")
