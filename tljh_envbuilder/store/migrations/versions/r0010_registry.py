"""Images in registries, environments that are an image, and publishing by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# SQLite counts only its own INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Until now, what was built was published at once."""
    op.add_column("environments", sa.Column("image", sa.String(), nullable=True))
    op.add_column(
        "environments",
        sa.Column("publish", sa.String(), nullable=False, server_default="auto"),
    )
    op.add_column("builds", sa.Column("source_image", sa.String(), nullable=True))
    op.add_column("builds", sa.Column("registry_image", sa.JSON(), nullable=True))
    op.add_column("builds", sa.Column("origin_build", BIG_ID, nullable=True))
    op.add_column("builds", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE builds SET published_at = finished_at WHERE status = 'built'")
    op.create_table(
        "registry_logins",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_registry_logins"),
    )
