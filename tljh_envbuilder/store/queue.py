"""The builds that wait, in order of arrival, and how running ones come to wait again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import RUNNING, Build, BuildStatus, StepStatus, Trigger
from tljh_envbuilder.store.builds import locked_build
from tljh_envbuilder.store.rows import build_of
from tljh_envbuilder.store.schema import BuildRow, EnvironmentRow, StepRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

_QUEUED = BuildRow.status == BuildStatus.QUEUED.value
_RUNNING = [status.value for status in RUNNING]


class QueueStore(Transactional):
    """A build keeps its id, and so its place, when it comes to wait again."""

    @reads
    async def next(
        self,
        session: AsyncSession,
        *,
        exclude_environments: Collection[str] = (),
        exclude_owners: Collection[str] = (),
    ) -> Build | None:
        """The queued build that came first, of an environment that is not being deleted."""
        query = (
            select(BuildRow)
            .join(EnvironmentRow, EnvironmentRow.name == BuildRow.environment)
            .where(
                _QUEUED,
                EnvironmentRow.name.not_in(exclude_environments),
                EnvironmentRow.owner.not_in(exclude_owners),
                ~EnvironmentRow.deleting,
            )
            .order_by(BuildRow.id)
            .limit(1)
        )
        row = await session.scalar(query)
        return None if row is None else build_of(row)

    @reads
    async def length(self, session: AsyncSession) -> int:
        """How many builds wait."""
        return await session.scalar(select(func.count(BuildRow.id)).where(_QUEUED)) or 0

    @writes
    async def take_back(self, session: AsyncSession) -> list[Build]:
        """Queue again what was running when the service ended."""
        query = select(BuildRow).where(BuildRow.status.in_(_RUNNING)).order_by(BuildRow.id)
        rows = (await session.scalars(query)).all()
        for row in rows:
            await _put_back(session, row)
            row.started_at = None
        return [build_of(row) for row in rows]

    @writes
    async def put_back(self, session: AsyncSession, build_id: int) -> Build:
        """Queue again a build that cannot go on for now; raises BuildNotFound, and BuildEnded."""
        row = await locked_build(session, build_id, active=True)
        await _put_back(session, row)
        return build_of(row)


async def _put_back(session: AsyncSession, row: BuildRow) -> None:
    row.status, row.trigger = BuildStatus.QUEUED.value, Trigger.RESUME.value
    interrupted = update(StepRow).where(
        StepRow.build_id == row.id, StepRow.status == StepStatus.RUNNING.value
    )
    await session.execute(
        interrupted.values(status=StepStatus.CANCELLED.value, finished_at=utc_now())
    )
