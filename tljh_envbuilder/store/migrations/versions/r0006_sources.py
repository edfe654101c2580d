"""A build says what it was made from, whatever becomes of its environment."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Copy what is known: until now, a build was made from what its environment said."""
    for column in (
        sa.Column("repo_url", sa.String(), nullable=False, server_default=""),
        sa.Column("builder", sa.String(), nullable=False, server_default="auto"),
        sa.Column("build_args", sa.JSON(), nullable=False, server_default="{}"),
    ):
        op.add_column("builds", column)
    for name in ("repo_url", "builder", "build_args"):
        op.execute(
            f"UPDATE builds SET {name} = "
            f"(SELECT {name} FROM environments WHERE environments.name = builds.environment)"
        )
