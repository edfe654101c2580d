"""Starts a user's server in a container of the environment that the user chose."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import DeviceRequest
from dockerspawner import DockerSpawner
from jupyterhub.utils import url_path_join
from requests.exceptions import RequestException
from traitlets import Bool, Float, default

from tljh_envbuilder.models import labels
from tljh_envbuilder.models.launch import Launch
from tljh_envbuilder.spawner.errors import StartError
from tljh_envbuilder.spawner.failure import LOG_LINES, explain_failure
from tljh_envbuilder.spawner.home import HomeMixin
from tljh_envbuilder.spawner.mixin import EnvBuilderMixin
from tljh_envbuilder.spawner.pull import PullMixin
from tljh_envbuilder.spawner.readiness import wait_until_it_answers

#: Where an image has the files of its repository.
REPOSITORY = "/srv/repo"
START_SCRIPT = files(__package__).joinpath("start.sh").read_text()

#: `start` gives up this many seconds before the Hub would, to say why.
MARGIN = 2
REMOVAL_POLL_INTERVAL = 0.1


class EnvBuilderSpawner(EnvBuilderMixin, HomeMixin, PullMixin, DockerSpawner):
    """DockerSpawner that starts servers from environments."""

    start_poll_interval = Float(
        0.05, min=0.01, config=True, help="How often a starting server's port is tried, in seconds."
    )
    removal_timeout = Float(
        30.0,
        min=1,
        config=True,
        help="Longest time to wait until the engine has removed a server's container, in seconds.",
    )
    remove = Bool(
        True,
        read_only=True,
        help="A server's container is always removed: each start is from the current image.",
    )

    object_id: str

    # DockerSpawner's one thread would let a server that is slow to stop hold up all starts.
    _executor = ThreadPoolExecutor(8, thread_name_prefix="docker")

    @default("cmd")
    def _default_cmd(self) -> list[str]:
        return ["jupyterhub-singleuser"]

    @default("pull_policy")
    def _default_pull_policy(self) -> str:
        # Images are built here: one of that name elsewhere would be somebody else's.
        return "never"

    async def start(self) -> tuple[str, int]:
        """Start the server and return when it answers, so that the Hub finds it at once."""
        deadline = time.monotonic() + self.start_timeout - MARGIN
        self._checks_owner = True
        try:
            await self.forget_test_home()
            try:
                return await self._start_container(deadline)
            except (DockerException, RequestException, RuntimeError):
                if not await self.home_is_anothers():
                    raise
                self._tell("Making your home yours in this environment.")
                await self.take_over_home()
                self._checks_owner = False
                return await self._start_container(deadline)
        except (DockerException, RequestException, RuntimeError) as error:
            raise await self._explain(error) from error

    async def _start_container(self, deadline: float) -> tuple[str, int]:
        ip, port = await super().start()
        if not self.internal_ssl:
            await self._wait_until_it_answers(ip, port, deadline)
        return ip, port

    def _apply(self, launch: Launch) -> None:
        super()._apply(launch)
        self._test_home = self.home_source if launch.is_test else ""
        self.default_url = self.opens_at(launch)

    async def poll(self) -> Any:
        """As in DockerSpawner; the container of a server that has ended by itself is removed."""
        status = await super().poll()
        if status is not None and self.object_id and not self._start_pending:
            await self.remove_object()
            self.object_id = ""
            await self.remove_test_home()
        return status

    async def stop(self, now: bool = False) -> None:
        """As in DockerSpawner; the home of a test server goes with it."""
        await super().stop(now)
        await self.remove_test_home()

    async def pull_image(self, image: str) -> None:
        """As in DockerSpawner; what was pushed to a registry is pulled from there."""
        try:
            await super().pull_image(image)
        except (ImageNotFound, NotFound) as error:
            if self.launch is not None and self.launch.registry_image is not None:
                self._tell("Pulling the image.")
                self.launch = await self.pull_launch(self.launch)
                self.image = self.launch.image_id
                return
            self.log.error(
                "%s is in no registry, and not on the engine of the servers: rebuild it, or bring "
                "it there if it was built on another engine",
                self._image_name(image),
            )
            raise StartError(
                500,
                f"The image {self._image_name(image)} is not on the container engine. "
                "Tell an admin.",
            ) from error

    def _image_name(self, image: str) -> str:
        return image if self.launch is None else self.launch.image

    async def get_command(self) -> list[str]:
        """The command of the server, after the script that prepares the user's home.

        What a person may have named reaches the script as arguments, never as part of it.
        """
        assert self.launch is not None
        launch = self.launch
        arguments = [
            *(REPOSITORY, launch.home, launch.environment, launch.resolved_ref),
            *self.start_script_arguments(),
        ]
        return ["/bin/sh", "-c", START_SCRIPT, "start", *arguments, *await super().get_command()]

    def template_namespace(self) -> dict[str, Any]:
        """As in DockerSpawner, where servers whose names differ in case share a container."""
        namespace: dict[str, Any] = super().template_namespace()
        namespace["servername"] = self.escape(self.name)
        return namespace

    async def create_object(self) -> Any:
        """As in DockerSpawner, after a container of that name that the engine is still removing."""
        deadline = time.monotonic() + self.removal_timeout
        while True:
            try:
                return await super().create_object()
            except APIError as error:
                if error.status_code != 409 or time.monotonic() > deadline:
                    raise
                self.log.info("The container name %s is still taken", self.container_name)
            await asyncio.sleep(REMOVAL_POLL_INTERVAL)

    def get_env(self) -> dict[str, Any]:
        """As in DockerSpawner, over what the environment says."""
        env: dict[str, Any] = super().get_env()
        return {**(self.launch.environment_variables if self.launch else {}), **env}

    def docker(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """As in DockerSpawner; here all that the operator configured has been put together."""
        if method == "create_container" and kwargs.get("name") == self.container_name:
            kwargs["labels"] = {**_as_dict(kwargs.get("labels")), **self._labels()}
            # The engine would remove it behind our back: its last words would be lost, and a start
            # would find its name taken. `stop` and `poll` remove it, and wait.
            kwargs["host_config"]["AutoRemove"] = False
            self._add_options_of_profile(kwargs["host_config"])
        return super().docker(method, *args, **kwargs)

    def _add_options_of_profile(self, host_config: dict[str, Any]) -> None:
        """What the machine profile says beside memory and CPU; lists are added to."""
        assert self.launch is not None
        options = dict(self.launch.extra_host_config)
        if self.launch.gpus:
            request = DeviceRequest(count=self.launch.gpus, capabilities=[["gpu"]])
            options["device_requests"] = [*options.get("device_requests", []), request]
        try:
            added = self.client.create_host_config(**options)
        except (TypeError, ValueError, DockerException) as error:
            self.log.error("The machine profile %s is wrong: %s", self.launch.profile, error)
            raise StartError(
                500,
                f"The settings of the machine {self.launch.profile} are wrong. Tell an admin.",
            ) from error
        if "network_mode" not in options:
            added.pop("NetworkMode", None)  # a default of docker-py, not of the profile
        for name, value in added.items():
            known = host_config.get(name)
            is_list = isinstance(known, list) and isinstance(value, list)
            host_config[name] = known + value if is_list else value

    async def remove_object(self) -> None:
        """Remove the container, running or not, and return when the engine has forgotten it."""
        self.log.info("Removing %s %s", self.object_type, self.object_id)
        deadline = time.monotonic() + self.removal_timeout
        while True:
            try:
                await self.docker("remove_container", self.object_id, v=True, force=True)
            except NotFound:
                return
            except APIError as error:
                # 409: the engine is at it already.
                if error.status_code != 409 or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(REMOVAL_POLL_INTERVAL)

    def _labels(self) -> dict[str, str]:
        assert self.launch is not None
        return {
            # Not the image's own: builds with equal inputs share an image, and one that was not
            # built here has none.
            labels.INSTALLATION: self.launch.installation,
            labels.ENVIRONMENT: self.launch.environment,
            labels.BUILD: str(self.launch.build),
            labels.USER: self.user.name,
            labels.SERVER: self.name,
            labels.UID: str(self.launch.uid),
            labels.TEST: "true" if self.launch.is_test else "false",
        }

    async def _wait_until_it_answers(self, ip: str, port: int, deadline: float) -> None:
        """Raises RuntimeError when the server will not answer."""
        self._tell("Waiting for Jupyter to answer.")
        host = f"[{ip}]" if ":" in ip else ip
        answered = await wait_until_it_answers(
            f"http://{host}:{port}{url_path_join(self.server.base_url, 'api')}",
            interval=self.start_poll_interval,
            timeout=deadline - time.monotonic(),
            is_running=self._is_running,
        )
        if not answered:
            raise RuntimeError(
                f"The server did not answer within {self.start_timeout} seconds. Try again; if "
                "that does not help, tell an admin."
            )

    async def _is_running(self) -> bool:
        container = await self.get_object()
        return bool(container and container["State"]["Running"])

    async def _explain(self, error: Exception) -> StartError:
        """What to tell the user, while the container is still there."""
        try:
            container = await self.get_object()
            output = b""
            if container:
                output = await self.docker("logs", self.container_id, tail=LOG_LINES)
        except (DockerException, RequestException):
            self.log.exception("The container engine does not answer")
            return StartError(503, "The container engine does not answer. Tell an admin.")
        return explain_failure(error, container, output)


def _as_dict(labels: Any) -> dict[str, str]:
    """Labels in the one form; docker-py takes a list of names as well."""
    return labels if isinstance(labels, dict) else dict.fromkeys(labels or [], "")
