"""What a build is made of, so that an unchanged one need not be made again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the digest of the inputs."""
    op.add_column("builds", sa.Column("inputs", sa.String()))
