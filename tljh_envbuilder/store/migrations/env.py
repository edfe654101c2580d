"""Runs migrations on the connection that `store.migrate` hands over, in its transaction."""

from alembic import context

from tljh_envbuilder.store.migrate import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
