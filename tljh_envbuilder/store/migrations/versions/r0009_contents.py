"""What is in an image: its packages, and what each step has added."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing is known of earlier builds."""
    op.add_column("builds", sa.Column("package_count", sa.Integer(), nullable=True))
    op.add_column("builds", sa.Column("packages", sa.String(), nullable=True))
    op.add_column("build_steps", sa.Column("size", sa.BigInteger(), nullable=True))
