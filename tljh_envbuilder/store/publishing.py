"""Which build of an environment is current: decided under a lock on the environment's row."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.errors import EnvironmentNotFound
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.environment import Publish
from tljh_envbuilder.store.schema import BuildRow, EnvironmentRow


async def locked_environment(session: AsyncSession, name: str) -> EnvironmentRow:
    """The row, which nobody else changes until the transaction ends; or EnvironmentNotFound."""
    query = (
        select(EnvironmentRow)
        .where(EnvironmentRow.name == name, ~EnvironmentRow.deleting)
        .with_for_update()
    )
    row = await session.scalar(query)
    if row is None:
        raise EnvironmentNotFound(name)
    return row


async def lock_environment_of(session: AsyncSession, build_id: int) -> None:
    """Lock the environment's row before the build's: always in this order, so no deadlock."""
    name = select(BuildRow.environment).where(BuildRow.id == build_id).scalar_subquery()
    query = select(EnvironmentRow.name).where(EnvironmentRow.name == name)
    await session.execute(query.with_for_update(of=EnvironmentRow))


async def make_current(session: AsyncSession, build: BuildRow) -> None:
    """Let the environment of a successful build point at that build."""
    previous = update(BuildRow).where(
        BuildRow.environment == build.environment, BuildRow.is_current
    )
    await session.execute(previous.values(is_current=False))
    build.is_current = True
    build.published_at = build.published_at or utc_now()
    await session.flush()


async def publish(session: AsyncSession, build: BuildRow) -> None:
    """What becomes of a build that has just succeeded: current, unless its environment waits.

    One that brings back an older one changes nothing for users but that they may choose it again,
    if they might choose that. A copy of what was published needs nobody to look at it again.
    """
    origin = await session.get(BuildRow, build.origin_build) if build.origin_build else None
    if origin is not None and origin.environment == build.environment:
        build.published_at = utc_now() if origin.published_at else None
        await session.flush()
        return
    query = select(EnvironmentRow.publish).where(EnvironmentRow.name == build.environment)
    is_published = origin is not None and origin.published_at is not None
    if is_published or await session.scalar(query) == Publish.AUTO.value:
        await make_current(session, build)
    else:
        await session.flush()
