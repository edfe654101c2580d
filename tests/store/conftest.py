"""A store on each database, and environments in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.environment import Environment, EnvironmentRequest
from tljh_envbuilder.store.store import Store

AddEnvironment = Callable[..., Awaitable[Environment]]
PublishBuild = Callable[[str], Awaitable[Build]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Address of an empty database of its own, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/envbuilder.sqlite"
        return
    server = make_url(request.getfixturevalue("postgresql_url")).set(drivername="postgresql")
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(server.render_as_string(hide_password=False))
    await connection.execute(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store."""
    store = Store(database_url=database_url)
    await store.open(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def add(store: Store) -> AddEnvironment:
    """Adds an environment, whose first build is then queued."""

    async def add(name: str, *, owner: str = "ada", **fields: Any) -> Environment:
        fields = {"repo_url": f"https://example.org/repositories/{name}", **fields}
        environment, _ = await store.environments.add(
            EnvironmentRequest(name=name, **fields), owner=owner
        )
        return environment

    return add


@pytest.fixture
def publish(store: Store) -> PublishBuild:
    """Lets the active build of an environment succeed."""

    async def publish(name: str) -> Build:
        (build,) = [build for build in await store.builds.active() if build.environment == name]
        return await store.builds.finish(
            build.id, image=f"{name}:{build.id}", image_id=f"sha256:{build.id}"
        )

    return publish
