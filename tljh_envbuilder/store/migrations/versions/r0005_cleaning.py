"""Images are cleaned up, by the installation that built them."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Say when an image was removed, and name this installation."""
    op.add_column("builds", sa.Column("image_removed_at", sa.DateTime(timezone=True)))
    installation = op.create_table(
        "installation",
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.bulk_insert(installation, [{"id": uuid4().hex}])
