"""The list is in an order that has an index."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INDEX = ("deleting", "sort_name", "name", "everyone", "owner")


def upgrade() -> None:
    """The first line of what is searched is the display name, in one case."""
    op.add_column(
        "environments", sa.Column("sort_name", sa.String(), nullable=False, server_default="")
    )
    table = sa.table("environments", *map(sa.column, ("name", "search_text", "sort_name")))
    connection = op.get_bind()
    for name, text in connection.execute(sa.select(table.c.name, table.c.search_text)).all():
        changed = sa.update(table).where(table.c.name == name)
        connection.execute(changed.values(sort_name=text.partition("\n")[0]))
    op.create_index("ix_environments_list", "environments", INDEX)
