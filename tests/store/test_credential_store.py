"""Credentials of private repositories: encrypted, bound to their host, and gone when they must."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.store.conftest import AddEnvironment, PublishBuild
from tljh_envbuilder.errors import CredentialsLost
from tljh_envbuilder.models.build import Build, BuildStatus, Trigger
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.environment import EnvironmentChange, EnvironmentRequest
from tljh_envbuilder.store.store import Store
from tljh_envbuilder.store.vault import KEY_FILE

URL = "https://host.example/maths"
ONCE = Credentials(username="ada", password="for-one-build")
KEPT = Credentials(username="ada", password="for-all-builds", remember=True)

Rebuild = Callable[..., Awaitable[Build]]


@pytest.fixture
def rebuild(store: Store) -> Rebuild:
    async def rebuild(credentials: Credentials | None = None) -> Build:
        return await store.builds.add(
            "maths",
            ref=None,
            trigger=Trigger.REBUILD,
            requested_by="ada",
            credentials=credentials,
        )

    return rebuild


async def password(store: Store, build: Build, url: str = URL) -> str | None:
    """The password that the build would fetch with."""
    found = await store.credentials.of_build(build.id, "maths", url)
    if found is None:
        return None
    assert found.password is not None
    return found.password.get_secret_value()


async def first_build(store: Store) -> Build:
    (build,) = await store.builds.active()
    return build


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def rows(store: Store, table: str) -> int:
    query = text(f"SELECT count(*) FROM {table}")
    return int(await store._database.read(lambda session: session.scalar(query)))


async def change(store: Store, **fields: Any) -> None:
    await store.environments.change("maths", EnvironmentChange(**fields))


async def has_credentials(store: Store) -> bool:
    environment = await store.environments.get("maths")
    assert (await store.environments.list(viewer=None))[0] == [environment]
    return environment.has_credentials


class TestForOneBuild:
    async def test_are_for_the_first_build_alone(
        self, store: Store, add: AddEnvironment, publish: PublishBuild, rebuild: Rebuild
    ) -> None:
        environment = await add("maths", repo_url=URL, credentials=ONCE)
        assert not environment.has_credentials
        first = await first_build(store)
        assert await password(store, first) == "for-one-build"
        assert await store.credentials.remembered("maths", URL) is None
        await publish("maths")
        assert await password(store, await rebuild()) is None

    async def test_are_for_a_rebuild_that_is_given_them(
        self, store: Store, add: AddEnvironment, publish: PublishBuild, rebuild: Rebuild
    ) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await publish("maths")
        assert await password(store, await rebuild(ONCE)) == "for-one-build"
        await publish("maths")
        assert await password(store, await rebuild()) == "for-all-builds"

    async def test_survive_a_restart_while_the_build_waits_or_runs(
        self, store: Store, add: AddEnvironment, database_url: str, tmp_path: Path
    ) -> None:
        await add("maths", repo_url=URL, credentials=ONCE)
        for status in (BuildStatus.QUEUED, BuildStatus.FETCHING):
            build = await first_build(store)
            await store.builds.update(build.id, status=status)
            again = Store(database_url=database_url)
            await again.open(tmp_path)
            assert await password(again, build) == "for-one-build"
            await again.close()

    @pytest.mark.parametrize("end", [BuildStatus.FAILED, BuildStatus.CANCELLED, BuildStatus.BUILT])
    async def test_are_gone_when_the_build_has_ended(
        self, store: Store, add: AddEnvironment, publish: PublishBuild, end: BuildStatus
    ) -> None:
        await add("maths", repo_url=URL, credentials=ONCE)
        build = await first_build(store)
        assert await rows(store, "build_credentials") == 1
        if end is BuildStatus.BUILT:
            await publish("maths")
        else:
            await store.builds.update(build.id, status=end)
        assert await rows(store, "build_credentials") == 0
        assert await password(store, build) is None

    async def test_wait_for_the_next_build_when_no_build_was_asked_for(
        self, store: Store, add: AddEnvironment, publish: PublishBuild, rebuild: Rebuild
    ) -> None:
        await add("maths", repo_url=URL)
        await publish("maths")
        await change(store, credentials=ONCE)
        assert await has_credentials(store)
        assert await store.credentials.remembered("maths", URL) is None
        build = await rebuild()
        assert await password(store, build) == "for-one-build"
        assert await password(store, build) == "for-one-build"
        assert not await has_credentials(store)
        await publish("maths")
        assert await password(store, await rebuild()) is None


class TestRemembered:
    async def test_are_for_every_build(
        self, store: Store, add: AddEnvironment, publish: PublishBuild, rebuild: Rebuild
    ) -> None:
        environment = await add("maths", repo_url=URL, credentials=KEPT)
        assert environment.has_credentials
        assert await password(store, await first_build(store)) == "for-all-builds"
        await publish("maths")
        assert await password(store, await rebuild()) == "for-all-builds"
        assert await store.credentials.remembered("maths", URL) == KEPT

    async def test_are_replaced_by_others(
        self, store: Store, add: AddEnvironment, publish: PublishBuild, rebuild: Rebuild
    ) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await publish("maths")
        other = Credentials(username="ada", password="other", remember=True)
        await rebuild(other)
        assert await store.credentials.remembered("maths", URL) == other
        await change(store, credentials=KEPT)
        assert await store.credentials.remembered("maths", URL) == KEPT

    async def test_stay_when_something_else_changes(
        self, store: Store, add: AddEnvironment
    ) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await change(store, description="New", ref="main")
        assert await has_credentials(store)

    async def test_stay_when_the_repository_moves_within_its_host(
        self, store: Store, add: AddEnvironment
    ) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await change(store, repo_url="https://HOST.example:443/other")
        assert await has_credentials(store)

    async def test_are_forgotten_on_request(self, store: Store, add: AddEnvironment) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await change(store, credentials=None)
        assert not await has_credentials(store)
        assert await rows(store, "credentials") == 0

    @pytest.mark.parametrize(
        "url",
        [
            "https://other.example/maths",
            "https://host.example:8443/maths",
            "http://host.example/maths",
            "ssh://git@host.example/maths",
            "https://host.example.evil.example/maths",
        ],
    )
    @pytest.mark.parametrize("credentials", [ONCE, KEPT])
    async def test_are_forgotten_when_the_repository_moves_to_another_host(
        self, store: Store, add: AddEnvironment, url: str, credentials: Credentials
    ) -> None:
        await add("maths", repo_url=URL, credentials=credentials)
        await change(store, repo_url=url)
        assert not await has_credentials(store)
        assert await password(store, await first_build(store), url) is None

    async def test_come_with_the_new_address(self, store: Store, add: AddEnvironment) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await change(store, repo_url="https://bob:pw@other.example/maths")
        environment = await store.environments.get("maths")
        assert environment.repo_url == "https://other.example/maths"
        assert await password(store, await first_build(store), environment.repo_url) == "pw"

    async def test_go_with_their_environment(self, store: Store, add: AddEnvironment) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await store.builds.update((await first_build(store)).id, status=BuildStatus.FAILED)
        await store.builds.add(
            "maths", ref=None, trigger=Trigger.REBUILD, requested_by="ada", credentials=ONCE
        )
        await store.environments.mark_deleting("maths")
        await store.environments.delete("maths")
        assert await rows(store, "credentials") == await rows(store, "build_credentials") == 0


class TestTheSecret:
    async def test_is_for_its_host_whatever_a_row_says(
        self, store: Store, add: AddEnvironment
    ) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        with pytest.raises(CredentialsLost, match="for another host"):
            await password(store, await first_build(store), "https://other.example/maths")

    async def test_cannot_be_read_without_the_key(
        self, store: Store, add: AddEnvironment, database_url: str, tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        await add("maths", repo_url=URL, credentials=KEPT)
        (tmp_path / KEY_FILE).unlink()
        again = Store(database_url=database_url)
        await again.open(tmp_path)
        assert "cannot be decrypted with any of Vault.keys" in caplog.text
        with pytest.raises(CredentialsLost, match="enter them again"):
            await password(again, await first_build(again))
        await again.close()

    async def test_is_encrypted_anew_when_a_new_key_comes(
        self, store: Store, add: AddEnvironment, database_url: str, tmp_path: Path
    ) -> None:
        await add("maths", repo_url=URL, credentials=KEPT)
        await add("physics", repo_url=URL, credentials=ONCE)
        new, newest = secrets.token_hex(32), secrets.token_hex(32)
        for keys in ([new], [newest, new]):
            rotated = Store(database_url=database_url)
            rotated.config.Vault.keys = keys
            await rotated.open(tmp_path)
            await rotated.close()
        (tmp_path / KEY_FILE).unlink()
        alone = Store(database_url=database_url)
        alone.config.Vault.keys = [newest]
        await alone.open(tmp_path)
        builds = await alone.builds.active()
        assert [await password(alone, build) for build in builds] == [
            "for-all-builds",
            "for-one-build",
        ]
        await alone.close()

    async def test_is_in_no_file_and_no_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        store = Store()
        await store.open(tmp_path)
        request = EnvironmentRequest(name="maths", repo_url=URL, credentials=KEPT)
        await store.environments.add(request, owner="ada")
        files = contents(tmp_path)
        await store.close()
        assert "envbuilder.sqlite-wal" in files
        assert any(b"host.example" in content for content in files.values())
        assert not any(b"for-all-builds" in content for content in files.values())
        assert "for-all-builds" not in caplog.text
