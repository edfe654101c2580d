"""Brings a database to the schema of this version, when the service starts."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection

from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.store.address import is_sqlite
from tljh_envbuilder.store.database import connect

MIGRATIONS = Path(__file__).with_name("migrations")
#: Where the revision is kept; not Alembic's default, which the Hub uses in its own database.
VERSION_TABLE = "envbuilder_revision"


async def migrate(url: URL, *, migrations: Path = MIGRATIONS, revision: str = "head") -> None:
    """Apply the migrations that the database lacks, all or none.

    An existing SQLite database is first copied to `<file>.<old revision>.bak`. Raises
    ConfigurationError for a database that this version does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    known = [script.revision for script in scripts.walk_revisions()]
    if is_sqlite(url):
        make_private(Path(str(url.database)))
    engine = connect(url, foreign_keys=False)
    try:
        async with engine.execution_options(writes=True).begin() as connection:
            current = await connection.run_sync(_current_revision)
            if current == scripts.get_current_head():
                return
            if current is not None and current not in known:
                raise ConfigurationError(
                    f"The database is of a newer version of tljh-envbuilder (revision {current}): "
                    "install that version, or set database_url to another database."
                )
            if current is not None and is_sqlite(url):
                await asyncio.to_thread(_back_up, Path(str(url.database)), current)
            await connection.run_sync(_upgrade, config, revision)
    finally:
        await engine.dispose()


def make_private(path: Path) -> None:
    """Create the file where it is absent; nobody but its owner may read or write it.

    SQLite gives the files that it puts beside the database the same mode.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The database file {path} cannot be used: {error.strerror}."
        ) from error
    os.fchmod(descriptor, 0o600)
    os.close(descriptor)


def _current_revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _upgrade(connection: Connection, config: Config, revision: str) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _back_up(database: Path, revision: str) -> None:
    target = database.with_name(f"{database.name}.{revision}.bak")
    target.unlink(missing_ok=True)
    make_private(target)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
