"""The secrets that forges share with the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tljh_envbuilder.environments.webhooks import Webhooks
from tljh_envbuilder.errors import Conflict, EnvironmentNotFound, NotAllowed
from tljh_envbuilder.models.caller import Caller, Scope
from tljh_envbuilder.models.environment import EnvironmentRequest
from tljh_envbuilder.store.store import Store
from tljh_envbuilder.store.vault import KEY_FILE

OWNER = Caller(name="ada", scopes=frozenset({Scope.BUILD.value}))
REQUEST = EnvironmentRequest(name="maths", repo_url="https://example.org/team/maths")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store()
    await store.open(tmp_path)
    await store.environments.add(REQUEST, owner="ada")
    yield store
    await store.close()


async def test_a_secret_is_made_when_it_is_first_asked_for(store: Store) -> None:
    webhooks = Webhooks(store)
    assert (await webhooks.find("maths"))[1] is False
    secret = await webhooks.secret(OWNER, "maths")
    assert await webhooks.find("maths") == (secret, True)
    assert await webhooks.secret(OWNER, "maths") == secret
    assert await webhooks.secret(OWNER, "maths", renew=True) != secret


async def test_only_those_who_manage_the_environment_are_told(store: Store) -> None:
    webhooks = Webhooks(store)
    with pytest.raises(NotAllowed):
        await webhooks.secret(Caller(name="grace", scopes=OWNER.scopes), "maths")
    with pytest.raises(NotAllowed):
        await webhooks.secret(Caller(name="ada"), "maths")
    with pytest.raises(EnvironmentNotFound):
        await webhooks.secret(OWNER, "physics")
    assert await store.moves.webhook_secret("maths") is None


async def test_what_stands_in_for_a_secret_is_no_ones(store: Store) -> None:
    webhooks = Webhooks(store)
    (one, is_known), (other, _) = await webhooks.find("physics"), await webhooks.find("chemistry")
    assert not is_known
    assert one == other
    assert (await Webhooks(store).find("physics"))[0] != one


async def test_a_secret_whose_key_is_gone_opens_nothing_and_can_be_made_anew(
    store: Store, tmp_path: Path
) -> None:
    secret = await Webhooks(store).secret(OWNER, "maths")
    await store.close()
    (tmp_path / KEY_FILE).unlink()
    await store.open(tmp_path)
    webhooks = Webhooks(store)
    found, is_known = await webhooks.find("maths")
    assert (found == secret, is_known) == (False, False)
    with pytest.raises(Conflict, match="make a new one"):
        await webhooks.secret(OWNER, "maths")
    new = await webhooks.secret(OWNER, "maths", renew=True)
    assert await webhooks.find("maths") == (new, True)
