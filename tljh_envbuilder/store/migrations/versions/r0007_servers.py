"""An environment says where its servers open, and with which variables they run."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Until now, all opened in the repository's folder."""
    op.add_column("environments", sa.Column("default_url", sa.String(), nullable=True))
    op.add_column(
        "environments",
        sa.Column("environment_variables", sa.JSON(), nullable=False, server_default="{}"),
    )
