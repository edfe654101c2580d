"""What is known of repositories that move: when to look at each, and who may say that it moved."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.models.build import ACTIVE
from tljh_envbuilder.models.environment import Schedule
from tljh_envbuilder.store.publishing import locked_environment
from tljh_envbuilder.store.schema import BuildRow, EnvironmentRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

_ACTIVE = [status.value for status in ACTIVE]
_IS_SCHEDULED = EnvironmentRow.schedule != Schedule.NEVER.value


@dataclass(frozen=True)
class Due:
    """An environment whose repository is to be looked at; `pushed_at` if a webhook said so."""

    name: str
    pushed_at: datetime | None


class MoveStore(Transactional):
    """Looks at repositories: those that are planned, and what came of the last one."""

    @reads
    async def unplanned(self, session: AsyncSession) -> list[tuple[str, Schedule]]:
        """Environments with a schedule whose next look has no time yet."""
        query = select(EnvironmentRow.name, EnvironmentRow.schedule).where(
            _IS_SCHEDULED, EnvironmentRow.next_check_at.is_(None), ~EnvironmentRow.deleting
        )
        return [(name, Schedule(schedule)) for name, schedule in await session.execute(query)]

    @writes
    async def plan(self, session: AsyncSession, name: str, at: datetime) -> None:
        """Give the next look its time, unless it has one; raises EnvironmentNotFound."""
        row = await locked_environment(session, name)
        row.next_check_at = row.next_check_at or at

    @reads
    async def due(
        self, session: AsyncSession, now: datetime, *, limit: int, exclude: Collection[str] = ()
    ) -> list[Due]:
        """Environments that are to be looked at, the most overdue first.

        Not while one has a build that is queued or running: what it fetches may be the news.
        """
        is_building = EnvironmentRow.builds.any(BuildRow.status.in_(_ACTIVE))
        query = (
            select(EnvironmentRow.name, EnvironmentRow.pushed_at)
            .where(
                EnvironmentRow.next_check_at <= now,
                or_(_IS_SCHEDULED, EnvironmentRow.pushed_at.is_not(None)),
                EnvironmentRow.name.not_in(exclude),
                ~EnvironmentRow.deleting,
                ~is_building,
            )
            .order_by(EnvironmentRow.next_check_at)
            .limit(limit)
        )
        return [Due(name, pushed_at) for name, pushed_at in await session.execute(query)]

    @writes
    async def pushed(self, session: AsyncSession, name: str, at: datetime) -> None:
        """A webhook announces a push: look as soon as can be; raises EnvironmentNotFound."""
        row = await locked_environment(session, name)
        row.pushed_at = row.next_check_at = at

    @writes
    async def looked(
        self,
        session: AsyncSession,
        due: Due,
        at: datetime,
        *,
        error: str | None,
        next_at: datetime | None,
        settled: bool,
    ) -> None:
        """Keep what a look that began at `at` came to; raises EnvironmentNotFound.

        `settled` forgets the push that it was made for. A push that was announced since then stays
        due, for the look may have been too early to see it.
        """
        row = await locked_environment(session, due.name)
        row.checked_at, row.check_error = at, error
        if row.pushed_at != due.pushed_at:
            return
        row.next_check_at = next_at
        if settled:
            row.pushed_at = None

    @reads
    async def attempted(self, session: AsyncSession, name: str, ref: str) -> str | None:
        """The commit that was last built, or tried, for this ref of the environment."""
        query = (
            select(BuildRow.resolved_ref)
            .where(
                BuildRow.environment == name,
                BuildRow.ref == ref,
                BuildRow.resolved_ref.is_not(None),
            )
            .order_by(BuildRow.id.desc())
            .limit(1)
        )
        return await session.scalar(query)

    @reads
    async def webhook_secret(self, session: AsyncSession, name: str) -> bytes | None:
        """The encrypted secret; None where there is none, or no such environment."""
        query = select(EnvironmentRow.webhook_secret).where(
            EnvironmentRow.name == name, ~EnvironmentRow.deleting
        )
        return await session.scalar(query)

    @writes
    async def keep_webhook_secret(
        self, session: AsyncSession, name: str, secret: bytes, *, replace: bool
    ) -> bytes:
        """Keep an encrypted secret, and return the one that holds: an earlier one, or this."""
        row = await locked_environment(session, name)
        if replace or row.webhook_secret is None:
            row.webhook_secret = secret
        return row.webhook_secret or secret
