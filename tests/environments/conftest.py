"""A database without a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tljh_envbuilder.store.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store."""
    store = Store()
    await store.open(tmp_path)
    yield store
    await store.close()
