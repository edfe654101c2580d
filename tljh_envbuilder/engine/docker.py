"""The container engine, as the rest of the package sees it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from typing import Any

from traitlets import Float, Unicode
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.engine import containers, images
from tljh_envbuilder.engine.build import build_image
from tljh_envbuilder.engine.connection import Connection
from tljh_envbuilder.engine.containers import Container
from tljh_envbuilder.engine.disk import DiskMeter, DiskUse, data_root, prune_build_cache
from tljh_envbuilder.engine.forward import forward
from tljh_envbuilder.engine.images import Image, Layer, NamedImage
from tljh_envbuilder.engine.info import EngineInfo, read_info
from tljh_envbuilder.engine.notebook import (
    Notebook,
    create_notebook,
    follow_output,
    start_notebook,
)
from tljh_envbuilder.engine.podman import build_with_podman
from tljh_envbuilder.engine.pull import pull_image
from tljh_envbuilder.engine.push import PushRecord, push_image
from tljh_envbuilder.engine.registry import delete_image
from tljh_envbuilder.engine.registry_auth import Login, as_header, login_in
from tljh_envbuilder.engine.run import run_command
from tljh_envbuilder.engine.transport import Address
from tljh_envbuilder.engine.usage import Usage, UsageMeter
from tljh_envbuilder.errors import ConfigurationError, CredentialsLost
from tljh_envbuilder.models.build import RegistryImage, Step
from tljh_envbuilder.models.events import LogText, StepProgress
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.models.registry import RegistryLogin

KeptLogin = Callable[[str], Awaitable[RegistryLogin | None]]
OwnLogin = Callable[[str], Login | None]


class DockerEngine(LoggingConfigurable):
    """An engine that speaks the Docker Engine API: Docker here or elsewhere, or Podman.

    Every method raises EngineUnavailable when the engine does not answer.
    """

    docker_host = Unicode(
        help="""Address of the container engine: unix:///path, tcp://host:port or ssh://user@host.

        Empty for $DOCKER_HOST, else unix:///var/run/docker.sock. An ssh address may end in the path
        of the engine's socket there, if that is not /var/run/docker.sock.
        """,
    ).tag(config=True)

    cert_path = Unicode(
        help="""Folder with ca.pem, cert.pem and key.pem: TLS over tcp, with a client certificate.

        Empty for $DOCKER_CERT_PATH if $DOCKER_TLS_VERIFY is set, else for no TLS.
        """,
    ).tag(config=True)

    ssh_config = Unicode(
        help="""Configuration file of ssh for an ssh address, with keys and known hosts.

        Empty for ~/.ssh/config of the user that the service runs as. Nobody is asked for a
        passphrase or whether a host is known.
        """,
    ).tag(config=True)

    registry_config = Unicode(
        help="""Path of a Docker config.json whose `auths` are the logins for registries.

        Empty for none. Read at each pull and push; credential helpers are not asked.
        """,
    ).tag(config=True)

    connect_timeout = Float(
        10,
        min=0.1,
        help="Seconds until an engine that cannot be reached counts as unavailable, and until one "
        "does that was reached and does not say what it is.",
    ).tag(config=True)

    answer_timeout = Float(
        120,
        min=0.1,
        help="Seconds until an engine that takes a question and gives no answer counts as "
        "unavailable. Builds, pulls and the use of disks are waited for.",
    ).tag(config=True)

    silence_timeout = Float(
        60,
        min=4,
        help="Seconds that another machine may be gone, by its network, until the connections to "
        "an engine there count as lost. A build that ran is then resumed.",
    ).tag(config=True)

    def __init__(
        self,
        *,
        kept_login: KeptLogin | None = None,
        own_login: OwnLogin | None = None,
        **kwargs: Any,
    ) -> None:
        """`kept_login` tells the login that is kept for a registry, which wins over the file's.

        `own_login` is asked in place of the file, in a thread: the service's user has none.
        """
        super().__init__(**kwargs)
        self._kept_login = kept_login
        self._own_login = own_login
        self.address = Address.of(
            self.docker_host,
            cert_path=self.cert_path,
            ssh_config=self.ssh_config,
            env=os.environ,
        )
        self._connection = Connection(
            self.address,
            connect_timeout=self.connect_timeout,
            answer_timeout=self.answer_timeout,
            silence_timeout=self.silence_timeout,
        )
        self._disk_meter = DiskMeter(self._connection)
        self._usage_meter = UsageMeter(self._connection)

    @property
    def is_remote(self) -> bool:
        """Whether folders and ports of this machine are not those of the engine's."""
        return self._connection.is_remote

    def is_same_as(self, other: DockerEngine) -> bool:
        """Whether both are at the same address, as far as addresses tell."""
        return self.address.url == other.address.url

    def open(self) -> None:
        """Get ready; raises ConfigurationError for an address that cannot be one.

        Calling it is optional: without it, the error is raised when the engine is first needed.
        """
        self._connection.open()

    async def close(self) -> None:
        """Close the idle connections, after what was running has been closed."""
        await self._connection.close()

    async def info(self) -> EngineInfo:
        """What the engine is."""
        return await read_info(self._connection)

    async def build(
        self,
        context: Path,
        *,
        tag: str,
        dockerfile: str,
        build_args: Mapping[str, str],
        labels: Mapping[str, str],
        no_cache: bool = False,
    ) -> AsyncGenerator[LogText | Step | StepProgress, None]:
        """Build an image from a context (a tar file in GNU format), with BuildKit where there is.

        Yields what the engine says as it says it. Closing the generator (`aclose`, or a
        cancelled task) closes the connection, which cancels the build. Raises ImageBuildFailed.
        """
        is_podman = (await self.info()).kind == "podman"
        build = build_with_podman if is_podman else build_image
        records = build(
            self._connection,
            context,
            tag=tag,
            dockerfile=dockerfile,
            build_args=build_args,
            labels=labels,
            no_cache=no_cache,
        )
        async with aclosing(records):
            async for record in records:
                yield record

    async def pull(
        self, image: str, *, step: str, login: RegistryLogin | None = None
    ) -> AsyncGenerator[Step | StepProgress | LogText, None]:
        """Pull an image as the step with this id; raises PullFailed.

        A `login` given here comes before the one that is kept or configured.
        """
        header = await self.registry_header(image, login)
        pulling = pull_image(self._connection, image, step=step, login=header)
        async with aclosing(pulling) as records:
            async for record in records:
                yield record

    async def push(self, name: str, tag: str, *, step: str) -> AsyncGenerator[PushRecord, None]:
        """Push the image of this name; yields where it is at last. Raises PushFailed."""
        login = await self.registry_header(name)
        pushing = push_image(self._connection, name, tag, step=step, login=login)
        async with aclosing(pushing) as records:
            async for record in records:
                yield record

    async def delete_pushed(self, image: RegistryImage, *, scheme: str) -> None:
        """Remove an image from its registry; raises RegistryRefused, RegistryUnavailable.

        CredentialsLost and ConfigurationError, where the login for it cannot be used.
        """
        await delete_image(image, scheme=scheme, login=await self._login(image.name))

    async def registry_header(self, image: str, given: RegistryLogin | None = None) -> str | None:
        """The login for the image's registry as X-Registry-Auth; None where there is none."""
        login = await self._login(image, given)
        return None if login is None else as_header(login)

    async def _login(self, image: str, given: RegistryLogin | None = None) -> Login | None:
        reference = parse_reference(image)
        if reference is None:
            return None
        kept = given
        if kept is None and self._kept_login is not None:
            kept = await self._kept_login(reference.registry)
        if kept is None and self._own_login is not None:
            return await asyncio.to_thread(self._own_login, reference.registry)
        if kept is None:
            return login_in(self.registry_config, reference.registry)
        return {
            "username": kept.username.get_secret_value(),
            "password": kept.password.get_secret_value(),
            "serveraddress": reference.registry,
        }

    async def image(self, reference: str) -> Image | None:
        """The image with this name or id, if the engine has it."""
        return await images.find_image(self._connection, reference)

    async def layers(self, reference: str) -> list[Layer]:
        """What the image is made of, newest first; empty for an image that is not there."""
        return await images.image_layers(self._connection, reference)

    async def images(self, labels: Mapping[str, str]) -> list[Image]:
        """The images that have all of these labels; an empty value means any."""
        return await images.list_images(self._connection, labels)

    async def named_images(self) -> list[NamedImage]:
        """All images, by their names."""
        return await images.list_named(self._connection)

    async def is_in_registry(self, reference: str) -> bool:
        """Whether the image's registry still has it; true where that cannot be told."""
        try:
            login = await self.registry_header(reference)
        except (ConfigurationError, CredentialsLost) as error:
            self.log.warning("%s", error)
            return True
        return await images.is_in_registry(self._connection, reference, login=login)

    async def tag_image(self, source: str, target: str) -> None:
        """Give the image a further name; raises NotFound for want of the image."""
        await images.tag_image(self._connection, source, target)

    async def remove_image(self, reference: str, *, force: bool = False) -> None:
        """Remove an image, if it is there; raises Conflict while a container uses it.

        `force` also removes one that has other names or that a stopped container uses.
        """
        await images.remove_image(self._connection, reference, force=force)
        self._disk_meter.forget()

    async def run(
        self,
        image: str,
        command: Sequence[str],
        *,
        timeout: float,
        mem_limit: int | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """What a command writes, in a container that has no network and is gone afterwards.

        For a command that the image does not have, what the engine says of that. Raises
        TimeoutError when it does not end within `timeout` seconds, NotFound for want of the image.
        `mem_limit` is in bytes.
        """
        return await run_command(
            self._connection,
            image,
            command,
            timeout=timeout,
            mem_limit=mem_limit,
            labels=labels or {},
        )

    async def create_notebook(self, notebook: Notebook) -> str:
        """Make a container for a server of one's own; returns its id. Raises NotFound."""
        return await create_notebook(self._connection, notebook)

    async def start_notebook(self, container_id: str, port: int) -> int | None:
        """Start it; returns the port there that its own is published at. Raises Conflict."""
        return await start_notebook(self._connection, container_id, port)

    def follow_output(self, container_id: str) -> AsyncGenerator[str, None]:
        """What a container writes, as it writes it, until it ends."""
        return follow_output(self._connection, container_id)

    def forward(
        self, container_id: str, port: int, *, local_port: int = 0
    ) -> AbstractAsyncContextManager[int]:
        """Lead a port of this machine to the container's, for as long as the block lasts."""
        return forward(self._connection, container_id, port, local_port=local_port)

    async def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """The containers, running or not, that have all of these labels."""
        return await containers.list_containers(self._connection, labels)

    async def usage(self, container_id: str) -> Usage | None:
        """What a container uses, of what it may; None if it is gone."""
        return await self._usage_meter.read(container_id)

    async def stop_container(self, container_id: str) -> None:
        """Stop a container, if it is there."""
        await containers.stop_container(self._connection, container_id)

    async def remove_container(self, container_id: str, *, force: bool = False) -> None:
        """Remove a container, if it is there; raises Conflict if it runs, unless `force`."""
        await containers.remove_container(self._connection, container_id, force=force)

    async def disk_use(self) -> DiskUse:
        """What images and build cache take on disk; up to some seconds old."""
        return await self._disk_meter.read()

    async def prune_build_cache(self, *, keep: int) -> int:
        """Remove build cache above `keep` bytes, oldest use first; returns the bytes freed."""
        freed = await prune_build_cache(self._connection, keep)
        self._disk_meter.forget()
        return freed

    async def data_root(self) -> Path | None:
        """The folder where the engine keeps its data, if it is on this machine."""
        return await data_root(self._connection)


class LaunchEngine(DockerEngine):
    """The engine where servers run, if that is another one than the one that builds.

    Takes the settings of DockerEngine, and its values for those that are not set here.
    """


def distinct(*engines: DockerEngine) -> list[DockerEngine]:
    """The engines, each once: two may be set to one address, with different logins."""
    found: list[DockerEngine] = []
    for engine in engines:
        if not any(engine.is_same_as(each) for each in found):
            found.append(engine)
    return found
