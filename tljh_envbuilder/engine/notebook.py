"""A Jupyter server in a container that belongs to whoever started it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from pydantic import Field

from tljh_envbuilder.engine.connection import Connection, EngineRefused
from tljh_envbuilder.errors import Conflict, NotFound
from tljh_envbuilder.models.base import Frozen


class Notebook(Frozen):
    """What to start, and what it gets of the machine that it runs on."""

    image: str
    name: str = Field(description="Of the container.")
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    user: str
    working_dir: str
    env: dict[str, str]
    port: int = Field(description="The port that it listens at, in the container.")
    host_port: int | None = Field(
        None, description="Published at 127.0.0.1 there, 0 for a free one; null for not at all."
    )
    binds: dict[str, str] = Field(
        default_factory=dict, description="Folders and sockets there, to where they are mounted."
    )

    def config(self) -> dict[str, Any]:
        """As the Engine API has it."""
        port = f"{self.port}/tcp"
        host: dict[str, Any] = {
            # A person's files are theirs by the numbers of this machine, whatever the engine maps.
            "UsernsMode": "host",
            # Folders of a person are not relabelled for SELinux.
            "SecurityOpt": ["no-new-privileges", "label=disable"],
            "Mounts": [
                {"Type": "bind", "Source": source, "Target": target}
                for source, target in self.binds.items()
            ],
        }
        if self.host_port is not None:
            bound = {"HostIp": "127.0.0.1", "HostPort": str(self.host_port or "")}
            host["PortBindings"] = {port: [bound]}
        return {
            "Image": self.image,
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "User": self.user,
            "WorkingDir": self.working_dir,
            "Env": [f"{name}={value}" for name, value in self.env.items()],
            "ExposedPorts": {port: {}},
            "HostConfig": host,
        }


async def create_notebook(connection: Connection, notebook: Notebook) -> str:
    """Make the container; returns its id. Raises NotFound for want of the image."""
    try:
        with connection.client() as docker:
            return (await docker.containers.create(notebook.config(), name=notebook.name)).id
    except EngineRefused as refused:
        if refused.status == 404:
            raise NotFound(f"Image '{notebook.image}' is not on the engine.") from refused
        raise


async def start_notebook(connection: Connection, container_id: str, port: int) -> int | None:
    """Start it; returns the port on the engine's machine where its own is published."""
    try:
        with connection.client() as docker:
            container = docker.containers.container(container_id)
            await container.start()
            ports: Mapping[str, Any] = (await container.show())["NetworkSettings"]["Ports"]
    except EngineRefused as refused:
        if "already allocated" in refused.reason or "already in use" in refused.reason:
            raise Conflict("The port is taken: choose another one.") from refused
        raise
    published = ports.get(f"{port}/tcp")
    return int(published[0]["HostPort"]) if published else None


async def follow_output(connection: Connection, container_id: str) -> AsyncGenerator[str, None]:
    """What it writes, as it writes it, until it ends."""
    with connection.client() as docker:
        container = docker.containers.container(container_id)
        async for text in container.log(stdout=True, stderr=True, follow=True, timeout=None):
            yield text
