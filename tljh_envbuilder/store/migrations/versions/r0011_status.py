"""Builds are found by what they have come to."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """The queue, its length and the places in it are asked for all the time."""
    op.create_index("ix_builds_status_id", "builds", ["status", "id"])
