"""Many environments without many builds: copies of one in the service's database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def copy_environments(state_dir: Path, name: str, count: int) -> None:
    """Let there be `count` environments, of which all but one are copies of that one.

    Their rows point at the same image; no build has made them.
    """
    with closing(sqlite3.connect(state_dir / "envbuilder.sqlite")) as database, database:
        columns = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for table in ("environments", "builds")
        }
        for table, key in (("environments", "name"), ("builds", "environment")):
            kept = [column for column in columns[table] if column not in {key, "id"}]
            wanted = ", ".join(kept)
            database.execute(f"DELETE FROM {table} WHERE {key} LIKE 'copy-%'")
            database.executemany(
                f"INSERT INTO {table} ({key}, {wanted}) SELECT ?, {wanted} FROM {table}"
                f" WHERE {key} = ? ORDER BY 1 LIMIT 1",
                [(f"copy-{number:05}", name) for number in range(count - 1)],
            )
