"""Credentials of private repositories, encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# SQLite counts only its own INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "credentials",
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("environment", name="pk_credentials"),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.name"],
            name="fk_credentials_environment",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "build_credentials",
        sa.Column("build_id", BIG_ID, nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("build_id", name="pk_build_credentials"),
        sa.ForeignKeyConstraint(
            ["build_id"], ["builds.id"], name="fk_build_credentials_build_id", ondelete="CASCADE"
        ),
    )
