"""A real Hub with its proxy and this service, as an operator sets them up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import docker

from dev.base_image import python_settings
from dev.hub import HubProcess
from dev.process import DevError, free_port

if TYPE_CHECKING:
    from typing_extensions import Self

_HUB_CONFIG = """
import sys
from tljh_envbuilder import configure

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{{admin!r}}}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.concurrent_spawn_limit = 0
c.DummyAuthenticator.password = {password!r}
c.JupyterHub.load_groups = {{"lecturers": {builders!r}}}
configure(
    c,
    service_name={service_name!r},
    service_url="http://127.0.0.1:{port}",
    state_dir={state_dir!r},
    config_file={config_file!r},
    builder_groups=["lecturers"],
)
# Other Hubs may use the same engine.
c.DockerSpawner.prefix = {prefix!r}
c.EnvBuilderSpawner.home_volume = {prefix!r} + "-{{username}}"
{extra}
"""

_SERVICE_CONFIG = """
c.BuildQueue.concurrency = 2
c.Policy.limit_to_machine = True
c.ImageNames.prefix = {prefix!r}
c.Fetcher.timeout = 300
c.Profiles.offered = [
    {{"label": "Small", "mem_limit": 512 * 2**20, "cpu_limit": 0.5, "default": True}},
    {{"label": "Medium", "mem_limit": 1024 * 2**20, "cpu_limit": 1.5}},
]
{extra}
"""


class Deployment:
    """A Hub with this service; a context manager that removes what they leave on the engine.

    Whoever has the password logs in under any name; `admin` is an administrator, and `builders` are
    in the group "lecturers", whose members may add environments. The `extra` lines go to the end of
    the Hub's and of the service's settings. Python environments start from `base_image` if given.
    """

    def __init__(
        self,
        folder: Path,
        hub_address: str,
        *,
        admin: str,
        builders: Iterable[str],
        service_name: str = "envbuilder",
        base_url: str = "/",
        hub_extra: str = "",
        service_extra: str = "",
        base_image: str | None = None,
        hub_env: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.service_name = service_name
        self.state_dir = folder / "state"
        self.prefix = f"envbuilder-test-{uuid4().hex[:8]}"
        self.password = uuid4().hex
        config_file = folder / "envbuilder_config.py"
        extra = service_extra + ("\n" + python_settings(base_image) if base_image else "")
        config_file.write_text(_SERVICE_CONFIG.format(prefix=f"{self.prefix}/", extra=extra))
        service_port = free_port()
        prefix = f"{base_url.rstrip('/')}/services/{service_name}/"
        #: Where the service is behind the Hub's proxy.
        self.direct_url = f"http://127.0.0.1:{service_port}{prefix}"
        config = _HUB_CONFIG.format(
            admin=admin,
            builders=list(builders),
            password=self.password,
            service_name=service_name,
            port=service_port,
            state_dir=str(self.state_dir),
            config_file=str(config_file),
            prefix=self.prefix,
            extra=hub_extra,
        )
        self.hub = HubProcess(
            config,
            hub_address=hub_address,
            base_url=base_url,
            folder=folder,
            env=hub_env,
            port=port,
        )

    @cached_property
    def url(self) -> str:
        """Where the service is, for those who come through the Hub's proxy."""
        return f"{self.hub.url}services/{self.service_name}/"

    def __enter__(self) -> Self:
        self.hub.__enter__()
        self.hub.wait_for_service(self.service_name, "health")
        return self

    def __exit__(self, *_: object) -> None:
        self.hub.close()
        self._remove_what_is_left()

    def _remove_what_is_left(self) -> None:
        """Servers that ran when the Hub ended, homes and images: those of a test are nobody's."""
        with closing(docker.from_env()) as engine:
            for container in engine.containers.list(all=True, filters={"name": self.prefix}):
                container.remove(force=True)
            for volume in engine.volumes.list(filters={"name": self.prefix}):
                volume.remove()
            for image in engine.images.list(name=f"{self.prefix}/*"):
                engine.images.remove(image.id, force=True)

    def restart(self) -> None:
        """Stop the Hub with all it runs, and start it again with the same state."""
        self.hub.stop()
        self.hub.start()
        self.hub.wait_for_service(self.service_name, "health")

    def servers(self, user: str) -> dict[str, Any]:
        """The user's servers by name, as the Hub knows them."""
        servers: dict[str, Any] = self.hub.api("GET", f"users/{user}").json()["servers"]
        return servers

    def service_pid(self) -> int:
        """The process of the service."""
        for stat in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = stat.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"tljh_envbuilder" in words and str(self.state_dir).encode() in b" ".join(words):
                return int(stat.parent.name)
        raise DevError("The service does not run.")
