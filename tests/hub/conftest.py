"""What the tests of the Hub's side share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from jupyterhub.user import User
from traitlets.config import Config

from tests.hub.launch_service import TOKEN, LaunchService, run_launch_service
from tests.hub.users import make_user

MakeUser = Callable[..., User]


@pytest.fixture
def launch_service() -> Iterator[LaunchService]:
    """A service that says what a test wants it to."""
    with run_launch_service() as service:
        yield service


@pytest.fixture
def config(launch_service: LaunchService) -> Config:
    """The configuration that `configure` makes, as far as the spawner reads it."""
    c = Config()
    c.EnvBuilderMixin.service_url = launch_service.url
    c.EnvBuilderMixin.service_token = TOKEN
    return c


@pytest.fixture
def new_user(config: Config) -> Iterator[MakeUser]:
    """Makes users of a Hub, each with a name of its own."""
    users: list[User] = []

    def make(name: str = "", **settings: Any) -> User:
        user = make_user(name or f"user-{uuid4().hex[:8]}", config, **settings)
        users.append(user)
        return user

    yield make
    for user in users:
        engine = user.db.get_bind()
        user.db.close()
        engine.dispose()


@pytest.fixture
def user(new_user: MakeUser) -> User:
    """A user of a Hub."""
    return new_user()
