"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite counts only its own INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True)
TIME = sa.DateTime(timezone=True)
TEXT = sa.String()


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "environments",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("repo_url", TEXT, nullable=False),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("mem_limit", sa.BigInteger()),
        sa.Column("cpu_limit", sa.Double()),
        sa.Column("profiles", JSON),
        sa.Column("builder", TEXT, nullable=False),
        sa.Column("build_args", JSON, nullable=False),
        sa.Column("search_text", TEXT, nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_environments"),
    )
    op.create_table(
        "environment_access",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "name", name="pk_environment_access"),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.name"],
            name="fk_environment_access_environment",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("kind IN ('user', 'group')", name="ck_environment_access_kind"),
    )
    op.create_table(
        "builds",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("resolved_ref", TEXT),
        sa.Column("image", TEXT),
        sa.Column("image_id", TEXT),
        sa.Column("image_size", sa.BigInteger()),
        sa.Column("image_details", JSON),
        sa.Column("buildpack", TEXT),
        sa.Column("warnings", JSON, nullable=False),
        sa.Column("trigger", TEXT, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("no_cache", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("error", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_builds"),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.name"],
            name="fk_builds_environment",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("NOT is_current OR status = 'built'", name="ck_builds_current_is_built"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_builds_environment_id", "builds", ["environment", "id"])
    _unique_where("one_active_build", "status NOT IN ('built', 'failed', 'cancelled')")
    _unique_where("one_current_build", "is_current")
    op.create_table(
        "build_steps",
        sa.Column("position", BIG_ID, nullable=False),
        sa.Column("build_id", BIG_ID, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("cached", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_build_steps"),
        sa.ForeignKeyConstraint(
            ["build_id"], ["builds.id"], name="fk_build_steps_build_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("build_id", "id", name="uq_build_steps_build_id_id"),
    )


def _unique_where(name: str, condition: str) -> None:
    """At most one build of an environment may meet the condition."""
    where = sa.text(condition)
    op.create_index(
        name,
        "builds",
        ["environment"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
