"""How the builds that wait are found, on each database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from tests.store.conftest import AddEnvironment
from tljh_envbuilder.store.store import Store

LOOKS: dict[str, Callable[[Store], Any]] = {
    "next": lambda store: store.queue.next(),
    "length": lambda store: store.queue.length(),
    "active": lambda store: store.builds.active(),
    "taken back": lambda store: store.queue.take_back(),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_what_waits_or_runs_is_found_by_an_index(
    store: Store, add: AddEnvironment, look: str
) -> None:
    await add("maths")
    engine = store.builds.database.engine
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, *said: Any) -> None:
        asked.append(said[:2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await LOOKS[look](store)
    event.remove(engine.sync_engine, "before_cursor_execute", note)

    (query, parameters), *_ = [each for each in asked if "FROM builds" in each[0]]
    is_sqlite = engine.dialect.name == "sqlite"
    async with engine.connect() as connection:
        if not is_sqlite:
            # Else it reads what is small from end to end.
            await connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = await connection.exec_driver_sql(f"{explain} {query}", parameters)
        assert "ix_builds_status_id" in str(plan.all())
