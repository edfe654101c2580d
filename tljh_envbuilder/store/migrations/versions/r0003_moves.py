"""Repositories are looked at by a schedule, or when a webhook says that they have moved."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what is known of each repository's moves."""
    for column in (
        sa.Column("schedule", sa.String(), nullable=False, server_default="never"),
        sa.Column("checked_at", TIME),
        sa.Column("check_error", sa.String()),
        sa.Column("next_check_at", TIME),
        sa.Column("pushed_at", TIME),
        sa.Column("webhook_secret", sa.LargeBinary()),
    ):
        op.add_column("environments", column)
    op.create_index("ix_environments_next_check_at", "environments", ["next_check_at"])
