"""Servers in real containers, started by the Hub's own `User.spawn`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import docker
import pytest
import requests
from docker.errors import NotFound
from docker.models.containers import Container
from jupyterhub import orm
from jupyterhub.user import User
from traitlets.config import Config

from dev.process import free_port
from tests.hub.conftest import MakeUser
from tests.hub.containers import LIGHT_SERVER, Servers, home_volume, run
from tests.hub.launch_service import SMALL, LaunchService, launch
from tljh_envbuilder.spawner import EnvBuilderSpawner
from tljh_envbuilder.spawner.errors import StartError

COURSE = {"environment": "course", "profile": "Small"}
NEXT_COMMIT = "1" * 40

Start = Callable[..., Awaitable[Container]]


@pytest.fixture
def servers(docker_host: str, base_image: str) -> Iterator[Servers]:
    """Images and containers that are gone after the test."""
    engine = docker.DockerClient(base_url=docker_host)
    made = Servers(engine, base_image)
    yield made
    made.close()
    engine.close()


@pytest.fixture
def user(new_user: MakeUser, config: Config, servers: Servers) -> User:
    """A user whose servers are light."""
    config.EnvBuilderSpawner.cmd = ["python3", "-c", LIGHT_SERVER]
    config.DockerSpawner.start_timeout = 120
    user = new_user()
    servers.forget(user.name)
    return user


@pytest.fixture
def image(servers: Servers, launch_service: LaunchService) -> str:
    """An image with a lesson in its repository, and what the service answers."""
    image = servers.image({"lesson.ipynb": "{}", "data/a.csv": "1,2"})
    launch_service.launch = launch(image)
    return image


@pytest.fixture
def start(user: User, servers: Servers, image: str) -> Start:
    """Start a server as the Hub does; the container it runs in."""

    async def start_server(
        options: dict[str, Any] | None = COURSE, server_name: str = ""
    ) -> Container:
        if server_name:
            user.db.add(orm.Spawner(name=server_name, user=user.orm_user))
            user.db.commit()
        await user.spawn(server_name, options=options)
        return servers.container(user, server_name)

    return start_server


def cgroup(container: Container, version1: str, version2: str) -> str:
    """A limit as the kernel has it for the container, in either version of cgroups."""
    return run(
        container, f"cat /sys/fs/cgroup/{version1} 2>/dev/null || cat /sys/fs/cgroup/{version2}"
    ).strip()


async def test_memory_and_cpu_of_the_service_arrive_in_the_containers_cgroup(
    start: Start, launch_service: LaunchService
) -> None:
    launch_service.launch = launch_service.launch.model_copy(
        update={"mem_limit": 128 * 2**20, "cpu_limit": 0.75}
    )
    container = await start()
    assert cgroup(container, "memory/memory.limit_in_bytes", "memory.max") == str(128 * 2**20)
    quota = cgroup(container, "cpu/cpu.cfs_quota_us", "cpu.max")
    assert quota.split()[0] == "75000"


async def test_without_limits_the_operators_own_hold(
    start: Start, launch_service: LaunchService, config: Config, user: User
) -> None:
    config.Spawner.mem_limit = "96M"
    launch_service.launch = launch_service.launch.model_copy(
        update={"mem_limit": None, "cpu_limit": None}
    )
    container = await start()
    assert container.attrs["HostConfig"]["Memory"] == 96 * 2**20
    assert container.attrs["HostConfig"]["CpuQuota"] == 0


async def test_limits_of_an_earlier_start_are_forgotten(
    user: User, image: str, launch_service: LaunchService
) -> None:
    spawner = user.spawner
    spawner._apply(launch_service.launch)
    assert (spawner.mem_limit, spawner.cpu_limit) == (SMALL.mem_limit, SMALL.cpu_limit)
    spawner._apply(launch(image, mem_limit=None, cpu_limit=None))
    assert not spawner.mem_limit
    assert not spawner.cpu_limit


async def test_the_container_says_whose_it_is_beside_the_operators_labels(
    start: Start, config: Config, user: User
) -> None:
    config.DockerSpawner.extra_create_kwargs = {"labels": {"team": "physics", "who": "{username}"}}
    container = await start(server_name="second")
    assert container.labels["team"] == "physics"
    assert container.labels["who"] == user.name.replace("-", "-2d")
    assert container.labels["tljh-envbuilder.installation"] == "this-one"
    assert container.labels["tljh-envbuilder.environment"] == "course"
    assert container.labels["tljh-envbuilder.user"] == user.name
    assert container.labels["tljh-envbuilder.server"] == "second"
    assert container.labels["tljh-envbuilder.build"] == "1"
    assert container.labels["tljh-envbuilder.test"] == "false"
    assert config.DockerSpawner.extra_create_kwargs["labels"].keys() == {"team", "who"}


async def test_the_image_is_the_services_whatever_the_operator_allows(
    start: Start, config: Config, user: User, image: str, launch_service: LaunchService
) -> None:
    config.DockerSpawner.allowed_images = "*"
    config.DockerSpawner.image = "somebody/elses:image"
    with pytest.raises(StartError):
        await start({**COURSE, "image": "busybox"})
    assert launch_service.requests == []
    container = await start()
    assert container.attrs["Config"]["Image"] == image


async def test_saved_options_are_resolved_again_at_each_start(
    start: Start, user: User, launch_service: LaunchService, servers: Servers
) -> None:
    await start()
    await user.stop()
    launch_service.launch = launch(servers.image({}), mem_limit=64 * 2**20)
    container = await start(None)
    assert container.attrs["Config"]["Image"] == launch_service.launch.image
    assert container.attrs["HostConfig"]["Memory"] == 64 * 2**20
    await user.stop()
    launch_service.refusal = (403, "You may no longer use the course.")
    with pytest.raises(StartError, match="no longer"):
        await start(None)


async def test_options_saved_by_another_spawner_are_refused(start: Start, user: User) -> None:
    user.spawner.orm_spawner.user_options = {"image": "busybox"}
    with pytest.raises(StartError, match="cannot be chosen"):
        await start(None)


async def test_the_home_is_kept_over_a_stop_and_a_start(start: Start, user: User) -> None:
    container = await start()
    run(
        container,
        "echo mine >/home/jovyan/notes.txt; echo edited >/home/jovyan/course/lesson.ipynb",
    )
    await user.stop()
    container = await start()
    assert run(container, "cat /home/jovyan/notes.txt") == "mine\n"
    assert run(container, "cat /home/jovyan/course/lesson.ipynb") == "edited\n"


async def test_named_servers_share_the_home_and_nothing_else(start: Start, user: User) -> None:
    first, second = await start(server_name="Lab"), await start(server_name="lab")
    assert first.id != second.id
    run(first, "echo shared >/home/jovyan/notes.txt")
    assert run(second, "cat /home/jovyan/notes.txt") == "shared\n"


async def test_two_users_have_two_homes(new_user: MakeUser, servers: Servers, user: User) -> None:
    other = new_user(user.name.upper())
    servers.forget(other.name)
    assert home_volume(user.name) != home_volume(other.name)


async def test_what_the_operator_mounts_stays(
    start: Start, config: Config, user: User, tmp_path: Any
) -> None:
    (tmp_path / "shared.txt").write_text("for all")
    config.DockerSpawner.volumes = {str(tmp_path): {"bind": "/srv/shared", "mode": "ro"}}
    container = await start()
    assert run(container, "cat /srv/shared/shared.txt") == "for all"
    assert home_volume(user.name) in container.attrs["HostConfig"]["Binds"][1]
    assert list(config.DockerSpawner.volumes) == [str(tmp_path)]


async def test_a_home_that_the_operator_mounts_is_not_mounted_over(
    start: Start, config: Config, user: User, tmp_path: Any
) -> None:
    config.DockerSpawner.volumes = {str(tmp_path): "/home/jovyan"}
    container = await start()
    assert container.attrs["HostConfig"]["Binds"] == [f"{tmp_path}:/home/jovyan:rw"]


async def test_a_new_commit_brings_new_files_and_no_deleted_ones(
    start: Start, user: User, servers: Servers, launch_service: LaunchService
) -> None:
    container = await start()
    assert run(container, "cat /home/jovyan/course/data/a.csv") == "1,2"
    run(container, "rm /home/jovyan/course/data/a.csv")
    await user.stop()
    container = await start()
    assert run(container, "ls /home/jovyan/course/data") == ""
    await user.stop()
    image = servers.image({"lesson.ipynb": "changed", "week2.ipynb": "{}"})
    launch_service.launch = launch(image, resolved_ref=NEXT_COMMIT)
    container = await start()
    assert run(container, "cd /home/jovyan/course && cat lesson.ipynb week2.ipynb") == "{}{}"


async def test_the_server_runs_in_the_home_and_opens_the_folder(start: Start) -> None:
    container = await start()
    assert run(container, "pwd") == "/home/jovyan\n"
    assert "JUPYTERHUB_DEFAULT_URL=/lab/tree/course" in container.attrs["Config"]["Env"]


@pytest.mark.long
async def test_a_stop_followed_at_once_by_a_start_works(start: Start, user: User) -> None:
    for _ in range(20):
        container = await start()
        await user.stop()
        with pytest.raises(NotFound):
            container.reload()


async def test_a_name_that_the_engine_is_still_freeing_is_waited_for(
    start: Start, user: User, servers: Servers, image: str
) -> None:
    leaving: list[Container] = []

    class Contended(EnvBuilderSpawner):
        async def get_command(self) -> list[str]:
            if not leaving:  # after the spawner looked, and before it creates its own
                leaving.append(servers.engine.containers.create(image, name=self.container_name))
                asyncio.get_running_loop().call_later(0.5, leaving[0].remove)
            return await super().get_command()

    user.settings["spawner_class"] = Contended
    assert (await start()).id != leaving[0].id


async def test_a_container_that_the_hub_lost_is_replaced(
    start: Start, user: User, servers: Servers, image: str
) -> None:
    name = user.spawner.object_name
    lost = servers.engine.containers.run(image, ["sleep", "600"], name=name, detach=True)
    assert (await start()).id != lost.id


async def test_start_returns_when_the_server_answers_and_not_before(
    start: Start, user: User, config: Config
) -> None:
    answers: list[int] = []

    class Watched(EnvBuilderSpawner):
        async def start(self) -> tuple[str, int]:
            ip, port = await super().start()
            answer = await asyncio.to_thread(requests.get, f"http://{ip}:{port}/", timeout=60)
            answers.append(answer.status_code)
            return ip, port

    user.settings["spawner_class"] = Watched
    config.EnvBuilderSpawner.cmd = ["sh", "-c", 'sleep 1; exec python3 -c "$0"', LIGHT_SERVER]
    await start()
    assert answers == [200]


async def test_a_server_that_ends_at_once_says_why(
    start: Start, user: User, servers: Servers
) -> None:
    user.spawner.cmd = [
        "sh",
        "-c",
        "echo Loading; echo '\033[31mNo module named lab\033[0m'; exit 3",
    ]
    with pytest.raises(StartError) as failed:
        await start()
    assert failed.value.jupyterhub_message == (
        "The server ended while it started (exit code 3). Its last lines are below; show them to "
        "the owner of the environment.\nLoading\nNo module named lab"
    )
    with pytest.raises(NotFound):
        servers.engine.containers.get(user.spawner.object_name)


async def test_a_server_that_never_answers_says_so_before_the_hub_gives_up(
    start: Start, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.spawner.cmd = ["sh", "-c", "trap exit TERM; echo Waiting for a licence; sleep 60 & wait"]
    monkeypatch.setattr("tljh_envbuilder.spawner.spawner.MARGIN", 18)
    user.spawner.start_timeout = 20
    with pytest.raises(StartError, match="Waiting for a licence") as failed:
        await start()
    assert failed.value.message.startswith("The server did not answer within 20 seconds. Try again")


async def test_a_command_that_is_not_in_the_image_says_so(start: Start, user: User) -> None:
    user.spawner.cmd = ["jupyterhub-singleuser"]
    with pytest.raises(StartError, match="jupyterhub-singleuser: not found"):
        await start()


async def test_an_image_that_is_gone_is_not_looked_for_elsewhere(
    start: Start, launch_service: LaunchService
) -> None:
    launch_service.launch = launch("envbuilder-test-gone:latest")
    with pytest.raises(StartError, match="is not on the container engine"):
        await start()


async def test_an_engine_that_is_down_is_told(start: Start, user: User) -> None:
    class Elsewhere(EnvBuilderSpawner):
        _client = docker.APIClient(f"tcp://127.0.0.1:{free_port()}", version="1.41")

    user.settings["spawner_class"] = Elsewhere
    with pytest.raises(StartError, match="The container engine does not answer") as failed:
        await start()
    assert failed.value.status_code == 503


async def test_a_server_that_ended_by_itself_leaves_no_container(start: Start, user: User) -> None:
    container = await start()
    container.kill()
    container.wait()
    assert await user.spawner.poll() is not None
    with pytest.raises(NotFound):
        container.reload()


@pytest.mark.long
async def test_a_server_that_is_slow_to_stop_does_not_hold_up_others(
    start: Start, user: User, new_user: MakeUser, servers: Servers
) -> None:
    other = new_user()
    servers.forget(other.name)
    user.spawner.cmd = ["python3", "-c", LIGHT_SERVER.replace("sys.exit(0)", "None")]
    await start()
    stopping = asyncio.create_task(user.stop())
    await asyncio.sleep(0.5)
    await other.spawn(options=COURSE)
    assert not stopping.done()
    await other.stop()
    await stopping


async def test_the_user_sees_what_a_start_is_doing(start: Start, user: User) -> None:
    await start()
    progress = user.spawner.progress()
    events = [await anext(progress) for _ in range(3)]
    await progress.aclose()
    assert [event["message"] for event in events] == [
        "Looking up the environment course.",
        "Starting a container with 256 MiB · 0.5 cores.",
        "Waiting for Jupyter to answer.",
    ]
    assert [event["progress"] for event in events] == [30, 60, 90]


async def test_variables_of_the_environment_are_there_and_do_not_hide_the_hubs(
    start: Start, launch_service: LaunchService, config: Config
) -> None:
    config.Spawner.environment = {"WHO": "the operator"}
    variables = {"COURSE": "a b\nc", "WHO": "the environment"}
    launch_service.launch = launch_service.launch.model_copy(
        update={"environment_variables": variables, "default_url": "/rstudio"}
    )
    container = await start()
    assert run(container, 'printf "%s" "$COURSE"') == "a b\nc"
    assert run(container, 'printf "%s" "$WHO $JUPYTERHUB_DEFAULT_URL"') == "the operator /rstudio"


async def test_a_profile_may_have_further_options_of_the_engine(
    start: Start, launch_service: LaunchService, config: Config
) -> None:
    config.DockerSpawner.extra_host_config = {"cap_drop": ["NET_RAW"]}
    launch_service.launch = launch_service.launch.model_copy(
        update={"extra_host_config": {"shm_size": "128m", "cap_drop": ["MKNOD"]}}
    )
    host = (await start()).attrs["HostConfig"]
    assert host["ShmSize"] == 128 * 2**20
    assert sorted(host["CapDrop"]) == ["MKNOD", "NET_RAW"]
    assert host["NetworkMode"] == "bridge"


async def test_gpus_are_asked_of_the_engine(
    start: Start, launch_service: LaunchService, user: User
) -> None:
    asked: list[Any] = []

    class Watched(EnvBuilderSpawner):
        def docker(self, method: str, *args: Any, **kwargs: Any) -> Any:
            answer = super().docker(method, *args, **kwargs)
            if method == "create_container":
                asked.append(kwargs["host_config"]["DeviceRequests"])
            return answer

    user.settings["spawner_class"] = Watched
    launch_service.launch = launch_service.launch.model_copy(update={"gpus": 2})
    # The engine of a machine without GPUs says so, which shows that it was asked.
    with pytest.raises(StartError, match="device driver"):
        await start()
    assert [(request["Count"], request["Capabilities"]) for request in asked[0]] == [(2, [["gpu"]])]


async def test_a_profile_with_wrong_options_says_whom_to_tell(
    start: Start, launch_service: LaunchService
) -> None:
    launch_service.launch = launch_service.launch.model_copy(
        update={"extra_host_config": {"no_such_option": 1}}
    )
    with pytest.raises(StartError, match="settings of the machine Small are wrong"):
        await start()
