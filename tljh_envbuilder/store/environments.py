"""Environments in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from tljh_envbuilder.errors import Conflict, EnvironmentNotFound, NameTaken
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import RUNNING, Build, BuildStatus, Trigger
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import (
    Environment,
    EnvironmentChange,
    EnvironmentRequest,
    EnvironmentSort,
    EnvironmentStatus,
)
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.models.repository import origin_of
from tljh_envbuilder.store.credentials import CredentialStore
from tljh_envbuilder.store.database import Database
from tljh_envbuilder.store.publishing import locked_environment, make_current
from tljh_envbuilder.store.returns import is_return
from tljh_envbuilder.store.rows import access_of, build_of, environment_of
from tljh_envbuilder.store.schema import AccessRow, BuildRow, CredentialsRow, EnvironmentRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes

_Current = aliased(BuildRow)
_Last = aliased(BuildRow)
_Waiting = aliased(BuildRow)
_Built = aliased(BuildRow)

# The same rule as `rows.environment_of` has in Python: what was ever built and has no current build
# waits to be published.
_STATUS = case(
    (_Last.status == BuildStatus.QUEUED.value, EnvironmentStatus.QUEUED.value),
    (_Last.status.in_([status.value for status in RUNNING]), EnvironmentStatus.BUILDING.value),
    (_Current.id.is_not(None), EnvironmentStatus.READY.value),
    (
        exists().where(
            _Built.environment == EnvironmentRow.name, _Built.status == BuildStatus.BUILT.value
        ),
        EnvironmentStatus.UNPUBLISHED.value,
    ),
    else_=EnvironmentStatus.FAILED.value,
)
_SORT_KEYS: dict[str, SQLColumnExpression[Any]] = {
    "built": _Current.finished_at,
    "created": EnvironmentRow.created_at,
    # In the order in which the statuses are defined.
    "status": case(
        {status.value: rank for rank, status in enumerate(EnvironmentStatus)}, value=_STATUS
    ),
    "owner": EnvironmentRow.owner,
}


class EnvironmentStore(Transactional):
    """Environments; one that is being deleted is not found by anything but what deletes it."""

    def __init__(self, database: Database, credentials: CredentialStore) -> None:
        super().__init__(database)
        self._credentials = credentials

    @writes
    async def add(
        self,
        session: AsyncSession,
        request: EnvironmentRequest,
        *,
        owner: str,
        origin: Build | None = None,
    ) -> tuple[Environment, Build]:
        """Add an environment together with its first build, which is queued.

        `origin` is the build that the first one copies. Raises NameTaken, also while an
        environment of that name is being deleted.
        """
        now = utc_now()
        environment = EnvironmentRow(
            **request.model_dump(exclude={"visibility", "display_name", "ref"}, mode="json"),
            ref=request.ref if request.image is None else _version_of(request.image),
            display_name=request.display_name or request.name,
            owner=owner,
            created_at=now,
            everyone=request.visibility.everyone,
            access=access_of(request.visibility),
        )
        _set_search_text(environment)
        build = BuildRow(
            environment=request.name,
            # Of a copy, what is copied was built from, should it have to be built again.
            repo_url=origin.repo_url if origin else request.repo_url,
            builder=origin.builder if origin else request.builder.value,
            build_args=origin.build_args if origin else request.build_args,
            source_image=origin.source_image if origin else request.image,
            resolved_ref=origin.resolved_ref if origin else None,
            status=BuildStatus.QUEUED.value,
            ref=environment.ref,
            warnings=[],
            trigger=(Trigger.COPY if origin else Trigger.ADD).value,
            origin_build=origin.id if origin else None,
            requested_by=owner,
            no_cache=False,
            created_at=now,
        )
        session.add(environment)
        try:
            await session.flush()
        except IntegrityError as error:
            raise NameTaken(f"There is already an environment named {request.name}.") from error
        session.add(build)
        await session.flush()
        if request.credentials is not None:
            await self._credentials.keep(
                session,
                request.credentials,
                request.repo_url,
                environment=request.name,
                build_id=build.id,
            )
        return await _load(session, request.name), build_of(build)

    @reads
    async def get(self, session: AsyncSession, name: str) -> Environment:
        """The environment of this name; raises EnvironmentNotFound."""
        return await _load(session, name)

    @reads
    async def visible(self, session: AsyncSession, name: str, viewer: Caller) -> bool:
        """Whether there is such an environment and the viewer may see it."""
        query = select(EnvironmentRow.name).where(
            EnvironmentRow.name == name, ~EnvironmentRow.deleting, *_visible_to(viewer)
        )
        return await session.scalar(query) is not None

    @writes
    async def change(
        self, session: AsyncSession, name: str, change: EnvironmentChange
    ) -> Environment:
        """Change the fields that were sent; raises EnvironmentNotFound.

        Credentials are forgotten when the repository moves to another host.
        """
        fields: dict[str, Any] = change.model_dump(
            exclude={"visibility"}, exclude_unset=True, mode="json"
        )
        row = await locked_environment(session, name)
        looked_at = (row.repo_url, row.ref, row.schedule)
        origin = origin_of(row.repo_url)
        for field, value in fields.items():
            setattr(row, field, value)
        if change.image is not None:
            row.ref = _version_of(change.image)
        if change.visibility is not None:
            row.everyone = change.visibility.everyone
            row.access = access_of(change.visibility)
        _set_search_text(row)
        if looked_at != (row.repo_url, row.ref, row.schedule):
            # What the last look said is of no more use, and the next is planned anew.
            row.check_error = None
            row.next_check_at = row.pushed_at
        if "credentials" in change.model_fields_set or origin_of(row.repo_url) != origin:
            await self._credentials.forget(session, name)
        if change.credentials is not None:
            await self._credentials.keep(
                session, change.credentials, row.repo_url, environment=name
            )
        await session.flush()
        return await _load(session, name)

    @writes
    async def set_current_build(
        self, session: AsyncSession, name: str, build_id: int
    ) -> Environment:
        """Let the environment point at one of its builds.

        Raises EnvironmentNotFound, and Conflict unless it is one of its successful builds, whose
        image is here still or can be pulled.
        """
        await locked_environment(session, name)
        build = await session.get(BuildRow, build_id)
        if build is None or build.environment != name or build.status != BuildStatus.BUILT.value:
            raise Conflict(f"Build {build_id} is not a successful build of {name}.")
        if build.image_removed_at is not None and build.registry_image is None:
            raise Conflict(
                f"The image of build {build_id} was removed on {build.image_removed_at:%Y-%m-%d} "
                f"to save space: build {build.resolved_ref or build.ref} again."
            )
        build.image_removed_at = None  # from now on it is to stay; the next server's start pulls it
        await make_current(session, build)
        return await _load(session, name)

    @reads
    async def latest_built(self, session: AsyncSession, name: str) -> int | None:
        """The id of the latest successful build of its own, which was no return to an older one."""
        return await session.scalar(select(_latest_built(name)))

    @writes
    async def mark_deleting(self, session: AsyncSession, name: str) -> None:
        """Begin a deletion, which `delete` completes; raises EnvironmentNotFound.

        In between the environment is invisible, also after a crash, and its name is taken.
        """
        (await locked_environment(session, name)).deleting = True

    @writes
    async def keep(self, session: AsyncSession, name: str) -> None:
        """Take back the mark of `mark_deleting`: nothing has been removed yet."""
        unmarked = update(EnvironmentRow).where(EnvironmentRow.name == name)
        await session.execute(unmarked.values(deleting=False))

    @reads
    async def deleting(self, session: AsyncSession) -> list[str]:
        """Names of the environments whose deletion has begun."""
        query = select(EnvironmentRow.name).where(EnvironmentRow.deleting)
        return list(await session.scalars(query.order_by(EnvironmentRow.name)))

    @writes
    async def delete(self, session: AsyncSession, name: str) -> None:
        """Remove the environment with its builds, if it is there."""
        await session.execute(delete(EnvironmentRow).where(EnvironmentRow.name == name))

    @reads
    async def build_ids(self, session: AsyncSession, name: str) -> list[int]:
        """Ids of all builds of the environment, also while it is being deleted."""
        query = select(BuildRow.id).where(BuildRow.environment == name).order_by(BuildRow.id)
        return list(await session.scalars(query))

    @reads
    async def images(self, session: AsyncSession, name: str) -> tuple[list[str], list[str]]:
        """Tags and ids of the images of its builds, also while it is being deleted."""
        query = select(BuildRow.image, BuildRow.image_id).where(BuildRow.environment == name)
        rows = (await session.execute(query)).all()
        tags, ids = {row.image for row in rows}, {row.image_id for row in rows}
        return sorted(tags - {None}), sorted(ids - {None})

    @reads
    async def image_sizes(self, session: AsyncSession, name: str) -> list[int | None]:
        """The size in bytes of each image that its builds still have; None where not known."""
        query = select(BuildRow.image_id, func.max(BuildRow.image_size)).where(
            BuildRow.environment == name,
            BuildRow.status == BuildStatus.BUILT.value,
            BuildRow.image_removed_at.is_(None),
        )
        return [size for _, size in await session.execute(query.group_by(BuildRow.image_id))]

    # The last one: after it, `list` in this class is no longer the type.
    @reads
    async def list(
        self,
        session: AsyncSession,
        *,
        viewer: Caller | None,
        q: str = "",
        limit: int = 50,
        offset: int = 0,
        launchable: bool = False,
        sort: EnvironmentSort = EnvironmentSort.NAME,
        status: EnvironmentStatus | None = None,
        owner: str | None = None,
    ) -> tuple[list[Environment], int]:
        """A page of the environments that `viewer` may see, and how many there are in all.

        No viewer sees everything, as an admin does. `q` is looked for in name, display name,
        description and address, in any case. `launchable` leaves out what has no current build.
        """
        wanted = [~EnvironmentRow.deleting, *_visible_to(viewer)]
        if q:
            wanted.append(EnvironmentRow.search_text.contains(q.casefold(), autoescape=True))
        if launchable:
            wanted.append(EnvironmentRow.builds.any(BuildRow.is_current))
        if owner is not None:
            wanted.append(EnvironmentRow.owner == owner)
        if status is not None:
            wanted.append(_STATUS.in_([status.value]))
        page = _environments().where(*wanted).order_by(*_order(sort)).limit(limit).offset(offset)
        count = select(func.count(EnvironmentRow.name)).where(*wanted)
        total = await session.scalar(count if status is None else _with_builds(count))
        rows = (await session.execute(page)).all()
        return [environment_of(*row) for row in rows], total or 0


def _environments() -> Select[EnvironmentRow, BuildRow, BuildRow, BuildRow, bool]:
    """All environments with current, last and waiting build, if any, and has_credentials."""
    has_credentials = exists().where(CredentialsRow.environment == EnvironmentRow.name)
    query: Select[EnvironmentRow, BuildRow, BuildRow, BuildRow, bool] = _with_builds(
        select(EnvironmentRow, _Current, _Last, _Waiting, has_credentials)
    )
    latest = _latest_built(EnvironmentRow.name)
    return query.outerjoin(_Waiting, and_(_Waiting.id == latest, _Waiting.published_at.is_(None)))


def _latest_built(environment: Any) -> Any:
    """The id of the latest successful build of its own, which was no return to an older one.

    In that order, so that the index on both leads there without a look at all of them.
    """
    query = select(_Built.id).where(
        _Built.environment == environment,
        _Built.status == BuildStatus.BUILT.value,
        ~is_return(_Built),
    )
    return query.order_by(_Built.id.desc()).limit(1).scalar_subquery()


def _with_builds(query: Any) -> Any:
    """The query of environments, joined with the current and the last build."""
    last_id = (
        select(func.max(BuildRow.id))
        .where(BuildRow.environment == EnvironmentRow.name)
        .scalar_subquery()
    )
    return query.outerjoin(
        _Current, and_(_Current.environment == EnvironmentRow.name, _Current.is_current)
    ).outerjoin(_Last, _Last.id == last_id)


def _order(sort: EnvironmentSort) -> list[SQLColumnExpression[Any]]:
    """What has no such value comes last in either order, and equal ones by name."""
    by_name = [EnvironmentRow.sort_name, EnvironmentRow.name]
    if sort.key == "name":  # which none lacks, so that the index gives the order
        return [each.desc() if sort.is_descending else each.asc() for each in by_name]
    key = _SORT_KEYS[sort.key]
    first = key.desc() if sort.is_descending else key.asc()
    return [first.nulls_last(), *by_name]


async def _load(session: AsyncSession, name: str) -> Environment:
    query = _environments().where(EnvironmentRow.name == name, ~EnvironmentRow.deleting)
    # In a session that has written, rows must show what other statements did to them.
    found = (await session.execute(query.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise EnvironmentNotFound(name)
    return environment_of(*found)


def _visible_to(viewer: Caller | None) -> list[ColumnElement[bool]]:
    if viewer is None or viewer.is_admin:
        return []
    named = or_(
        and_(AccessRow.kind == "user", AccessRow.name == viewer.name),
        and_(AccessRow.kind == "group", AccessRow.name.in_(viewer.groups)),
    )
    return [
        or_(
            EnvironmentRow.everyone,
            EnvironmentRow.owner == viewer.name,
            EnvironmentRow.access.any(named),
        )
    ]


def _version_of(image: str) -> str:
    """What stands in the place of a ref: a tag or a digest."""
    reference = parse_reference(image)
    assert reference is not None
    return reference.version


def _set_search_text(row: EnvironmentRow) -> None:
    others = (row.name, row.description, row.repo_url, row.image or "")
    row.sort_name = row.display_name.casefold()
    row.search_text = "\n".join([row.sort_name, *(text.casefold() for text in others)])
