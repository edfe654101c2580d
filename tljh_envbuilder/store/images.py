"""Which images the builds in the database still need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.models.base import Frozen, utc_now
from tljh_envbuilder.models.build import ACTIVE, BuildStatus, RegistryImage
from tljh_envbuilder.store.schema import BuildRow, EnvironmentRow, InstallationRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

_ACTIVE = [status.value for status in ACTIVE]
_COLUMNS = (BuildRow.environment, BuildRow.id, BuildRow.image_id, BuildRow.image_removed_at)


class BuildImage(Frozen):
    """A build, and the id of its image while it has one."""

    environment: str
    build_id: int
    image_id: str | None
    image: str | None = None


class ImageStore(Transactional):
    """The images of builds: which are needed, and which no longer are."""

    @reads
    async def installation(self, session: AsyncSession) -> str:
        """The id of this installation; it goes where its database goes."""
        return (await session.scalars(select(InstallationRow.id))).one()

    @writes
    async def expire(
        self, session: AsyncSession, *, keep: int, used: Collection[str]
    ) -> list[BuildImage]:
        """Give up the images of successful builds, but for some, and return those given up.

        Kept are the latest `keep` of each environment, the current one, and those whose ids are
        `used`. A build whose image is given up does not become current again.
        """
        # Nobody rolls back meanwhile.
        await session.execute(
            select(EnvironmentRow.name).order_by(EnvironmentRow.name).with_for_update()
        )
        built = BuildRow.status == BuildStatus.BUILT.value
        age = func.row_number().over(partition_by=BuildRow.environment, order_by=BuildRow.id.desc())
        ages = select(BuildRow.id, age.label("age")).where(built).subquery()
        query = (
            select(BuildRow)
            .join(ages, ages.c.id == BuildRow.id)
            .where(
                ages.c.age > keep,
                ~BuildRow.is_current,
                BuildRow.image_removed_at.is_(None),
                BuildRow.image_id.not_in(used),
            )
            .order_by(BuildRow.id)
        )
        rows = (await session.scalars(query)).all()
        now = utc_now()
        for row in rows:
            row.image_removed_at = now
        return [_image_of(row) for row in rows]

    @reads
    async def needed(self, session: AsyncSession) -> list[BuildImage]:
        """The builds whose image is to stay: those that have one, and those that may get one."""
        kept = (BuildRow.status == BuildStatus.BUILT.value) & BuildRow.image_removed_at.is_(None)
        query = select(*_COLUMNS).where(or_(kept, BuildRow.status.in_(_ACTIVE)))
        return [_image_of(row) for row in await session.execute(query)]

    @reads
    async def given_up(self, session: AsyncSession) -> list[BuildImage]:
        """The builds whose images were given up, and what they had."""
        query = select(BuildRow.environment, BuildRow.id, BuildRow.image_id, BuildRow.image).where(
            BuildRow.image_removed_at.is_not(None)
        )
        return [
            BuildImage(environment=environment, build_id=number, image_id=image_id, image=image)
            for environment, number, image_id, image in await session.execute(query)
        ]

    @reads
    async def registry_images(self, session: AsyncSession, name: str) -> list[RegistryImage]:
        """What builds of the environment have put into a registry, each once."""
        query = select(BuildRow.registry_image).where(
            BuildRow.environment == name,
            BuildRow.registry_image.is_not(None),
            BuildRow.source_image.is_(None),
        )
        found = [RegistryImage.model_validate(each) for each in await session.scalars(query)]
        return sorted(set(found), key=lambda image: image.reference)

    @reads
    async def of_owner(self, session: AsyncSession, owner: str | None) -> list[BuildImage]:
        """All builds of the environments of an owner, or of all; ids only of images that stay."""
        query = (
            select(*_COLUMNS)
            .join(EnvironmentRow, EnvironmentRow.name == BuildRow.environment)
            .where(~EnvironmentRow.deleting)
        )
        if owner is not None:
            query = query.where(EnvironmentRow.owner == owner)
        return [_image_of(row) for row in await session.execute(query)]


def _image_of(row: BuildRow | Row[str, int, str | None, datetime | None]) -> BuildImage:
    return BuildImage(
        environment=row.environment,
        build_id=row.id,
        image_id=row.image_id if row.image_removed_at is None else None,
    )
