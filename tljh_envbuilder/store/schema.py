"""The tables. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
    case,
    func,
    select,
    text,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    mapped_column,
    relationship,
)

from tljh_envbuilder.store.columns import BigId, CleanText, Json, UtcDateTime


class Table(DeclarativeBase):
    """Base of the rows; constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - as SQLAlchemy wants it
        str: CleanText(),
        datetime: UtcDateTime(),
    }


class EnvironmentRow(Table):
    """An environment. Its current build is the one of its builds that `is_current`."""

    __tablename__ = "environments"

    name: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    description: Mapped[str]
    repo_url: Mapped[str]
    ref: Mapped[str]
    owner: Mapped[str]
    created_at: Mapped[datetime]
    everyone: Mapped[bool]
    mem_limit: Mapped[int | None] = mapped_column(BigInteger)
    cpu_limit: Mapped[float | None] = mapped_column(Double)
    profiles: Mapped[list[str] | None] = mapped_column(Json)
    builder: Mapped[str]
    build_args: Mapped[dict[str, str]] = mapped_column(Json)
    # Display name, name, description and address, case-folded here: databases differ in what they
    # fold. A search looks through it.
    search_text: Mapped[str]
    # Its deletion has begun: nobody sees it any more, but its name is still taken.
    deleting: Mapped[bool] = mapped_column(default=False)
    schedule: Mapped[str] = mapped_column(server_default="never")
    checked_at: Mapped[datetime | None]
    check_error: Mapped[str | None]
    # When to look at the repository next; null until that is planned, or when there is no need.
    next_check_at: Mapped[datetime | None]
    # A webhook announced a push then, and nobody has looked since.
    pushed_at: Mapped[datetime | None]
    webhook_secret: Mapped[bytes | None]
    default_url: Mapped[str | None]
    environment_variables: Mapped[dict[str, str]] = mapped_column(Json, server_default="{}")
    # The first line of what is searched: the list is in this order.
    sort_name: Mapped[str] = mapped_column(server_default="")
    # Of an environment that is an image; its repo_url is empty.
    image: Mapped[str | None]
    publish: Mapped[str] = mapped_column(server_default="auto")

    access: Mapped[list[AccessRow]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="selectin"
    )
    builds: Mapped[list[BuildRow]] = relationship(passive_deletes=True, lazy="raise")

    __table_args__ = (
        Index("ix_environments_next_check_at", "next_check_at"),
        # Holds all that decides who sees what, in the order of the list.
        Index("ix_environments_list", "deleting", "sort_name", "name", "everyone", "owner"),
    )


class AccessRow(Table):
    """A user or a group that an environment is for."""

    __tablename__ = "environment_access"

    environment: Mapped[str] = mapped_column(
        ForeignKey("environments.name", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (CheckConstraint("kind IN ('user', 'group')", name="kind"),)


class BuildRow(Table):
    """A build; the attributes have the names of the model."""

    __tablename__ = "builds"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.name", ondelete="CASCADE"))
    status: Mapped[str]
    is_current: Mapped[bool] = mapped_column(default=False)
    ref: Mapped[str]
    resolved_ref: Mapped[str | None]
    image: Mapped[str | None]
    image_id: Mapped[str | None]
    image_size: Mapped[int | None] = mapped_column(BigInteger)
    image_details: Mapped[dict[str, Any] | None] = mapped_column(Json)
    buildpack: Mapped[str | None]
    warnings: Mapped[list[str]] = mapped_column(Json)
    trigger: Mapped[str]
    requested_by: Mapped[str]
    no_cache: Mapped[bool]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]
    inputs: Mapped[str | None]
    image_removed_at: Mapped[datetime | None]
    repo_url: Mapped[str] = mapped_column(server_default="")
    builder: Mapped[str] = mapped_column(server_default="auto")
    build_args: Mapped[dict[str, str]] = mapped_column(Json, server_default="{}")
    package_count: Mapped[int | None]
    # Long, and read by itself alone.
    packages: Mapped[str | None] = mapped_column(deferred=True)
    source_image: Mapped[str | None]
    registry_image: Mapped[dict[str, Any] | None] = mapped_column(Json)
    # Not a foreign key: it may be of another environment, and go with that.
    origin_build: Mapped[int | None] = mapped_column(BigId)
    published_at: Mapped[datetime | None]
    if TYPE_CHECKING:
        # Read with the row, and not kept: its place among the builds that wait.
        position: Mapped[int | None]

    steps: Mapped[list[StepRow]] = relationship(
        order_by="StepRow.position", passive_deletes=True, lazy="raise"
    )

    __table_args__ = (
        CheckConstraint("NOT is_current OR status = 'built'", name="current_is_built"),
        Index("ix_builds_environment_id", "environment", "id"),
        # The queue, and the places in it.
        Index("ix_builds_status_id", "status", "id"),
        Index(
            "one_active_build",
            "environment",
            unique=True,
            sqlite_where=text("status NOT IN ('built', 'failed', 'cancelled')"),
            postgresql_where=text("status NOT IN ('built', 'failed', 'cancelled')"),
        ),
        Index(
            "one_current_build",
            "environment",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        {"sqlite_autoincrement": True},
    )


_waiting = BuildRow.__table__.alias("waiting")
BuildRow.position = column_property(
    case(
        (
            BuildRow.status == "queued",
            select(func.count())
            .where(_waiting.c.status == "queued", _waiting.c.id <= BuildRow.id)
            .correlate_except(_waiting)
            .scalar_subquery(),
        )
    ),
    expire_on_flush=False,
)


class CredentialsRow(Table):
    """What opens an environment's repository: remembered, or `once`, for its next build."""

    __tablename__ = "credentials"

    environment: Mapped[str] = mapped_column(
        ForeignKey("environments.name", ondelete="CASCADE"), primary_key=True
    )
    once: Mapped[bool]
    encrypted: Mapped[bytes]


class BuildCredentialsRow(Table):
    """What opens the repository for one build, until that build ends."""

    __tablename__ = "build_credentials"

    build_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("builds.id", ondelete="CASCADE"), primary_key=True
    )
    encrypted: Mapped[bytes]


class RegistryLoginRow(Table):
    """What opens a registry."""

    __tablename__ = "registry_logins"

    host: Mapped[str] = mapped_column(primary_key=True)
    encrypted: Mapped[bytes]


class InstallationRow(Table):
    """The only row: this database, and the service that works with it, among others'."""

    __tablename__ = "installation"

    id: Mapped[str] = mapped_column(primary_key=True)


class StepRow(Table):
    """A step of a build; `position` grows in the order in which steps were first seen."""

    __tablename__ = "build_steps"

    position: Mapped[int] = mapped_column(BigId, primary_key=True)
    build_id: Mapped[int] = mapped_column(BigId, ForeignKey("builds.id", ondelete="CASCADE"))
    id: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cached: Mapped[bool]
    size: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("build_id", "id"),)
