"""Which images the builds in the database still need."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.models.base import Frozen, utc_now
from tljh_envbuilder.models.build import ACTIVE, BuildStatus, RegistryImage
from tljh_envbuilder.store.returns import is_return
from tljh_envbuilder.store.schema import BuildRow, EnvironmentRow, InstallationRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

_ACTIVE = [status.value for status in ACTIVE]
_COLUMNS = (
    BuildRow.environment,
    BuildRow.id,
    BuildRow.image,
    BuildRow.image_id,
    BuildRow.registry_image,
)
_IS_BUILT = BuildRow.status == BuildStatus.BUILT.value
_IS_NEEDED = or_(and_(_IS_BUILT, BuildRow.image_removed_at.is_(None)), BuildRow.status.in_(_ACTIVE))


class BuildImage(Frozen):
    """A build, and how its image is known."""

    environment: str
    build_id: int
    image: str | None
    image_id: str | None
    reference: str | None = Field(description="The image's name with its digest in a registry.")


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
        `used`. Those that bring older ones back count by themselves. A build whose image is given
        up becomes current again only if a registry has it.
        """
        # Nobody rolls back meanwhile.
        await session.execute(
            select(EnvironmentRow.name).order_by(EnvironmentRow.name).with_for_update()
        )
        age = func.row_number().over(
            partition_by=[BuildRow.environment, is_return(BuildRow)], order_by=BuildRow.id.desc()
        )
        ages = select(BuildRow.id, age.label("age")).where(_IS_BUILT).subquery()
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
        """The builds whose image is to stay: those that have one, and those that may get one.

        Those that may get one are without an id: what they have taken need not be the last one.
        """
        query = select(*_with_id_if(_IS_BUILT)).where(_IS_NEEDED)
        return [_image_of(row) for row in await session.execute(query)]

    @reads
    async def given_up(self, session: AsyncSession, ids: Collection[int]) -> list[BuildImage]:
        """Those of these builds whose images were given up, and what they had."""
        query = select(*_COLUMNS).where(
            BuildRow.id.in_(ids), BuildRow.image_removed_at.is_not(None)
        )
        return [_image_of(row) for row in await session.execute(query)] if ids else []

    @reads
    async def given_up_references(
        self, session: AsyncSession, references: Collection[str]
    ) -> set[str]:
        """Those of the references (names with digests) whose builds have given up their image."""
        digests = {reference.partition("@")[2] for reference in references}
        query = select(*_COLUMNS).where(
            BuildRow.registry_image["digest"].as_string().in_(digests),
            BuildRow.image_removed_at.is_not(None),
        )
        if not digests:
            return set()
        known = {_image_of(row).reference for row in await session.execute(query)}
        return {each for each in references if each in known}

    @reads
    async def references(self, session: AsyncSession, name: str) -> list[str]:
        """Names with digests of the environment's images that no other one needs."""
        query = select(*_COLUMNS).where(BuildRow.registry_image.is_not(None))
        own = await session.execute(query.where(BuildRow.environment == name))
        others = await session.execute(query.where(BuildRow.environment != name, _IS_NEEDED))
        kept = {_image_of(row).reference for row in others}
        return sorted({str(_image_of(row).reference) for row in own} - kept)

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
            select(*_with_id_if(BuildRow.image_removed_at.is_(None)))
            .join(EnvironmentRow, EnvironmentRow.name == BuildRow.environment)
            .where(~EnvironmentRow.deleting)
        )
        if owner is not None:
            query = query.where(EnvironmentRow.owner == owner)
        return [_image_of(row) for row in await session.execute(query)]


def _with_id_if(condition: ColumnElement[bool]) -> list[Any]:
    """The columns of builds, with the ids of images only where that is so."""
    image_id = case((condition, BuildRow.image_id)).label("image_id")
    return [image_id if column is BuildRow.image_id else column for column in _COLUMNS]


def _image_of(row: Any) -> BuildImage:
    there = row.registry_image and RegistryImage.model_validate(row.registry_image)
    return BuildImage(
        environment=row.environment,
        build_id=row.id,
        image=row.image,
        image_id=row.image_id,
        reference=there.reference if there else None,
    )
