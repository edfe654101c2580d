"""The schema: how a database comes to have it, and that it is the one the code expects."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.models.environment import EnvironmentRequest
from tljh_envbuilder.store.address import parse_database_url
from tljh_envbuilder.store.database import connect
from tljh_envbuilder.store.migrate import MIGRATIONS, VERSION_TABLE, migrate
from tljh_envbuilder.store.schema import Table
from tljh_envbuilder.store.store import Store

T = TypeVar("T")

REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
REQUEST = EnvironmentRequest(name="maths", repo_url="https://example.org/team/maths")


async def on(database_url: str, function: Callable[[Connection], T]) -> T:
    """What the function returns for a connection to the database."""
    engine = connect(parse_database_url(database_url, Path()))
    async with engine.begin() as connection:
        result = await connection.run_sync(function)
    await engine.dispose()
    return result


def differences(connection: Connection) -> list[Any]:
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata)


def described(connection: Connection) -> dict[str, Any]:
    """All that the database says of its tables, conditions of indexes and checks included."""
    inspector = inspect(connection)
    return {
        name: (
            [{**column, "type": str(column["type"])} for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name),
            sorted(inspector.get_foreign_keys(name), key=str),
            sorted(inspector.get_unique_constraints(name), key=str),
            sorted(inspector.get_check_constraints(name), key=str),
            sorted(map(str, map(_with_condition, inspector.get_indexes(name)))),
        )
        for name in inspector.get_table_names()
        if name != VERSION_TABLE
    }


def _with_condition(index: Any) -> dict[str, Any]:
    options = {key: str(value) for key, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def revision_of(connection: Connection) -> str:
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")
    return str(connection.execute(query).scalar_one())


def backups_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.bak"))


def names_in(file: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute(query)]


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """Migrations of a later version, which has one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "r9999_next.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        f"revision, down_revision = '9999', '{REVISIONS[0]}'\n"
        "def upgrade():\n"
        "    op.create_table('news', sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    return folder


async def test_migrations_lead_to_the_schema_of_the_code(store: Store, database_url: str) -> None:
    assert await on(database_url, differences) == []


async def test_migrated_and_created_tables_are_described_alike(
    store: Store, database_url: str
) -> None:
    migrated = await on(database_url, described)
    await on(database_url, Table.metadata.drop_all)
    await on(database_url, Table.metadata.create_all)

    assert migrated == await on(database_url, described)
    assert migrated.keys() >= {"environments", "builds", "build_steps", "environment_access"}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_revision_can_be_brought_up_to_date(
    database_url: str, tmp_path: Path, revision: str
) -> None:
    await migrate(parse_database_url(database_url, tmp_path), revision=revision)
    assert await on(database_url, revision_of) == revision

    store = Store(database_url=database_url)
    await store.open(tmp_path)
    await store.environments.add(REQUEST, owner="ada")
    await store.close()

    assert await on(database_url, revision_of) == REVISIONS[0]
    assert await on(database_url, differences) == []


async def test_opening_again_changes_nothing(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    environment, _ = await store.environments.add(REQUEST, owner="ada")

    again = Store(database_url=database_url)
    await again.open(tmp_path)

    assert await again.environments.get("maths") == environment
    await again.close()
    assert backups_in(tmp_path) == []


async def test_a_file_is_backed_up_before_a_migration_changes_it(
    tmp_path: Path, next_version: Path
) -> None:
    store = Store()
    await store.open(tmp_path)
    await store.environments.add(REQUEST, owner="ada")
    assert backups_in(tmp_path) == []

    # Without closing: what is in the write-ahead log only must be in the backup too.
    await migrate(parse_database_url("", tmp_path), migrations=next_version)
    await store.close()

    (backup,) = backups_in(tmp_path)
    assert backup.name == f"envbuilder.sqlite.{REVISIONS[0]}.bak"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    assert names_in(backup, "SELECT name FROM environments") == ["maths"]
    assert "news" not in names_in(backup, tables)
    assert "news" in names_in(tmp_path / "envbuilder.sqlite", tables)


async def test_a_backup_can_be_opened_by_the_version_that_it_is_of(
    tmp_path: Path, next_version: Path
) -> None:
    store = Store()
    await store.open(tmp_path)
    environment, _ = await store.environments.add(REQUEST, owner="ada")
    await store.close()
    await migrate(parse_database_url("", tmp_path), migrations=next_version)

    (backup,) = backups_in(tmp_path)
    backup.replace(tmp_path / "envbuilder.sqlite")
    await store.open(tmp_path)

    assert await store.environments.get("maths") == environment
    await store.close()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    store: Store, database_url: str, tmp_path: Path, next_version: Path
) -> None:
    script = next_version / "versions" / "r9999_next.py"
    script.write_text(script.read_text() + "    op.execute('SELECT nonsense')\n")
    environment, _ = await store.environments.add(REQUEST, owner="ada")
    await store.close()

    with pytest.raises(Exception, match="nonsense"):
        await migrate(parse_database_url(database_url, tmp_path), migrations=next_version)

    assert await on(database_url, revision_of) == REVISIONS[0]
    await store.open(tmp_path)
    assert await store.environments.get("maths") == environment
    assert await on(database_url, differences) == []


async def test_a_database_of_a_newer_version_is_left_alone(
    store: Store, database_url: str, tmp_path: Path, next_version: Path
) -> None:
    await migrate(parse_database_url(database_url, tmp_path), migrations=next_version)
    backups = backups_in(tmp_path)

    with pytest.raises(ConfigurationError, match="newer version of tljh-envbuilder"):
        await Store(database_url=database_url).open(tmp_path)

    assert await on(database_url, revision_of) == "9999"
    assert backups_in(tmp_path) == backups
