"""Homes: where they are kept, and whose they are, in real containers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container
from jupyterhub.user import User
from traitlets.config import Config

from tests.hub.containers import Servers, run
from tests.hub.launch_service import LaunchService, launch
from tests.hub.test_spawner import servers, start, user  # noqa: F401 (fixtures)
from tljh_envbuilder.spawner.errors import StartError

Start = Callable[..., Awaitable[Container]]


@pytest.fixture
def image() -> str:
    """Each test says which images it needs."""
    return ""


@pytest.fixture
def use(servers: Servers, launch_service: LaunchService) -> Callable[..., None]:  # noqa: F811
    """Let the next start be from an image whose user has this id."""

    def choose(uid: int, **files: str) -> None:
        image = servers.image(files or {"a.txt": "a"}, uid=uid)
        launch_service.launch = launch(image, uid=uid, gid=uid)

    return choose


def owner(container: Container, path: str) -> str:
    return run(container, f"stat -c %u:%g {path}").strip()


@pytest.mark.parametrize("uid", [1000, 1234])
async def test_a_fresh_home_is_the_images_users(
    start: Start,  # noqa: F811
    use: Callable[..., None],
    uid: int,
) -> None:
    use(uid)
    container = await start()
    assert run(container, "id -u").strip() == str(uid)
    assert owner(container, "/home/jovyan") == f"{uid}:{uid}"
    assert owner(container, "/home/jovyan/course/a.txt") == f"{uid}:{uid}"


async def test_a_home_follows_its_user_from_image_to_image(
    start: Start,  # noqa: F811
    user: User,  # noqa: F811
    use: Callable[..., None],
) -> None:
    uids = [1000, 1234, 1000, 0, 1000]
    for uid in uids:
        use(uid)
        container = await start()
        run(container, f"echo {uid} >>/home/jovyan/notes.txt; mkdir -p /home/jovyan/deep/er")
        run(container, "ln -sf /etc/passwd /home/jovyan/link")
        if uid:
            assert owner(container, "/home/jovyan/deep/er") == f"{uid}:{uid}"
        assert owner(container, "/etc/passwd") == "0:0"
        await user.stop()
    container = await start()
    assert run(container, "cat /home/jovyan/notes.txt").split() == [
        "1000",
        "1234",
        "1000",
        "0",
        "1000",
    ]


async def test_a_home_in_use_is_not_taken_away(
    start: Start,  # noqa: F811
    use: Callable[..., None],
) -> None:
    use(1000)
    first = await start()
    use(1234)
    with pytest.raises(StartError, match="uses the same home under another user id"):
        await start(server_name="second")
    run(first, "echo still >/home/jovyan/mine.txt")


async def test_a_home_may_be_a_folder_that_is_not_there_yet(
    start: Start,  # noqa: F811
    user: User,  # noqa: F811
    use: Callable[..., None],
    config: Config,
    tmp_path: Path,
) -> None:
    config.EnvBuilderSpawner.home_folder = f"{tmp_path}/homes/{{username}}"
    use(1234)
    container = await start()
    run(container, "echo kept >/home/jovyan/notes.txt")
    await user.stop()
    container = await start()
    assert run(container, "cat /home/jovyan/notes.txt") == "kept\n"
    [home] = (tmp_path / "homes").iterdir()
    assert home.stat().st_uid == 1234
    assert (home / "course/a.txt").read_text() == "a"


async def test_servers_may_have_homes_of_their_own(
    start: Start,  # noqa: F811
    use: Callable[..., None],
    config: Config,
) -> None:
    config.EnvBuilderSpawner.separate_homes = True
    use(1000)
    first = await start()
    use(1234)
    second = await start(server_name="second")
    run(first, "echo one >/home/jovyan/notes.txt")
    assert run(second, "ls /home/jovyan") == "course\n"


@pytest.mark.parametrize(("files", "found"), [("none", ""), ("read-only", "course@\n")])
async def test_the_repository_may_be_a_link_or_left_out(
    start: Start,  # noqa: F811
    use: Callable[..., None],
    config: Config,
    files: str,
    found: str,
) -> None:
    config.EnvBuilderSpawner.repository_files = files
    use(1000)
    container = await start()
    assert run(container, "ls -F /home/jovyan") == found
    where: dict[str, Any] = {"none": "/lab", "read-only": "/lab/tree/course"}
    assert f"JUPYTERHUB_DEFAULT_URL={where[files]}" in container.attrs["Config"]["Env"]
