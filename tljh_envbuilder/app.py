"""The service that the Hub runs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from traitlets import Bool, Unicode, default
from traitlets.config import Application, Config

from tljh_envbuilder._version import __version__
from tljh_envbuilder.builds.check import ReadinessCheck
from tljh_envbuilder.builds.cleaner import Cleaner
from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.builds.runner import BuildRunner
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.engine.docker import DockerEngine, LaunchEngine
from tljh_envbuilder.engine.transport import Address
from tljh_envbuilder.environments.moves import Moves
from tljh_envbuilder.environments.policy import Policy
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.environments.rebuilder import Rebuilder
from tljh_envbuilder.errors import ConfigurationError, Unavailable
from tljh_envbuilder.hub.client import HubClient
from tljh_envbuilder.parts import Parts
from tljh_envbuilder.process import alone_in, parent_gone
from tljh_envbuilder.store.secret_file import kept_secret
from tljh_envbuilder.store.store import Store
from tljh_envbuilder.store.vault import Vault
from tljh_envbuilder.web.application import make_application
from tljh_envbuilder.web.services import Services

#: No request of the contract is larger, in bytes.
MAX_BODY = 2**20
#: Seconds for which what the Hub said of a token may be used to read; writing asks each time.
READ_AGE = 30


class EnvBuilder(Application):
    """The service: run by JupyterHub, which says in the environment where and as whom."""

    name = "tljh-envbuilder serve"
    raise_config_file_errors = True
    version = __version__
    description = "Turn git repositories into environments for the users of a JupyterHub."
    classes: ClassVar[list[type]] = [
        BuildQueue,
        BuildRunner,
        ReadinessCheck,
        ImageNames,
        Registry,
        Fetcher,
        PythonEnvironments,
        DiskGuard,
        Cleaner,
        DockerEngine,
        LaunchEngine,
        Store,
        Vault,
        Policy,
        Sources,
        Profiles,
        Moves,
        Rebuilder,
        HubClient,
        HubOAuth,
    ]
    aliases: ClassVar[dict[str, str]] = {
        "config": "EnvBuilder.config_file",
        "state-dir": "EnvBuilder.state_dir",
    }

    config_file = Unicode(
        "envbuilder_config.py",
        config=True,
        help="Configuration file; one that is not there is fine.",
    )
    state_dir = Unicode(
        "envbuilder",
        config=True,
        help="Folder for the database, the logs and the service's own secrets.",
    )
    url = Unicode(
        config=True, help="Address to listen at; the Hub says it in JUPYTERHUB_SERVICE_URL."
    )
    prefix = Unicode(
        config=True, help="Path to serve below; the Hub says it in JUPYTERHUB_SERVICE_PREFIX."
    )

    stop_with_parent = Bool(
        False,
        config=True,
        help="Stop when the process that started this one dies, as a Hub does that is killed: the "
        "Hub that comes next runs a service of its own. True where the Hub runs the service.",
    )

    public_url = Unicode(
        config=True,
        help="Address of the service, with its path, at which git hosts reach it, such as "
        "https://hub.example.org/services/envbuilder/; shown for webhooks. The Hub says it in "
        "JUPYTERHUB_PUBLIC_URL if it knows. Empty: the one that a person came by.",
    )

    @default("public_url")
    def _default_public_url(self) -> str:
        return os.environ.get("JUPYTERHUB_PUBLIC_URL", "")

    @default("url")
    def _default_url(self) -> str:
        return os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:10101")

    @default("prefix")
    def _default_prefix(self) -> str:
        return os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/envbuilder/")

    @default("log_level")
    def _default_log_level(self) -> int:
        return logging.INFO

    @default("log_format")
    def _default_log_format(self) -> str:
        return "[%(levelname)1.1s %(asctime)s.%(msecs)03d %(name)s] %(message)s"

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the command line and the configuration file; the command line wins."""
        self.parse_command_line(argv)
        command_line: Config = self.config.copy()
        if self.config_file:
            path = Path(self.config_file).absolute()
            try:
                self.load_config_file(path.name, path=str(path.parent))
            except Exception as error:
                # Going on without it would go on without the limits that it sets.
                self.log.critical("%s cannot be read: %r", path, error)
                self.exit(1)
        self.update_config(command_line)

    def start(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        # One format for everything that this process logs, libraries included.
        logging.basicConfig(level=logging.WARNING, handlers=self.log.handlers, force=True)
        logging.getLogger("tljh_envbuilder").setLevel(self.log_level)
        self.log.propagate = False
        try:
            asyncio.run(self._serve())
        except (ConfigurationError, Unavailable) as error:
            self.log.critical("%s", error)
            self.exit(1)

    async def _serve(self) -> None:
        if not os.environ.get("JUPYTERHUB_API_TOKEN"):
            raise ConfigurationError(
                "JUPYTERHUB_API_TOKEN is not set: let JupyterHub run this service "
                "(tljh_envbuilder.configure registers it)."
            )
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        if self.stop_with_parent:
            watching = asyncio.create_task(parent_gone())
            watching.add_done_callback(lambda _: stopping.set())
        state_dir = _private_folder(Path(self.state_dir))
        async with alone_in(state_dir):
            store = Store(parent=self)
            await store.open(state_dir)
            kept_login = store.registry_logins.get
            engine = DockerEngine(kept_login=kept_login, parent=self)
            launch_engine = engine
            if self.config.LaunchEngine:
                launch_engine = LaunchEngine(kept_login=kept_login, parent=self)
            try:
                engine.open()
                launch_engine.open()
                self._require_launch_engine(engine)
                await self._run(state_dir, store, engine, launch_engine, stopping)
            finally:
                await launch_engine.close()
                await engine.close()
                await store.close()

    def _require_launch_engine(self, engine: DockerEngine) -> None:
        """Raises ConfigurationError where only one side has been told of another machine.

        $DOCKER_HOST is for both; DockerEngine's own setting says nothing of where servers run, and
        on the wrong engine none would be found that uses what is to be deleted.
        """
        of_both = Address.of(env=os.environ)
        is_told = "docker_host" in self.config.LaunchEngine or engine.address.url == of_both.url
        if not is_told and (engine.address.is_elsewhere or of_both.is_elsewhere):
            raise ConfigurationError(
                "Images are built on another machine (DockerEngine.docker_host): set "
                "LaunchEngine.docker_host to the address of the engine that users' servers run on, "
                "also if it is that one; unix:///var/run/docker.sock is this machine's."
            )

    async def _run(
        self,
        state_dir: Path,
        store: Store,
        engine: DockerEngine,
        launch_engine: DockerEngine,
        stopping: asyncio.Event,
    ) -> None:
        auth = self._hub_auth()
        parts = Parts(
            self,
            state_dir=state_dir,
            store=store,
            engine=engine,
            launch_engine=launch_engine,
            hub=HubClient(auth.api_url, parent=self),
            service_token=auth.api_token,
        )
        prefix = self.prefix if self.prefix.endswith("/") else f"{self.prefix}/"
        server = self._server(parts.services(prefix, self.public_url), state_dir)
        # Before any work begins, which an address that is taken would leave behind.
        with self._listening() as sockets:
            try:
                await parts.start()
                server.add_sockets(sockets)
                self.log.info("Serving %s at %s", self.prefix, self.url)
                await stopping.wait()
                self.log.info("Stopping; builds that run go on at the next start")
            finally:
                server.stop()
                await parts.stop()

    def _hub_auth(self) -> HubOAuth:
        """The Hub's authentication, which all handlers share."""
        auth = HubOAuth.instance(parent=self)
        if "cache_max_age" not in self.config.HubOAuth:
            auth.cache_max_age = READ_AGE
        return auth

    def _server(self, services: Services, state_dir: Path) -> HTTPServer:
        application = make_application(services, kept_secret(state_dir / "cookie_secret"))
        return HTTPServer(application, xheaders=True, max_body_size=MAX_BODY)

    @contextmanager
    def _listening(self) -> Iterator[list[socket.socket]]:
        """Sockets whose requests wait until a server takes them; raises ConfigurationError."""
        try:
            address = urlsplit(self.url)
            sockets = bind_sockets(address.port or 80, address.hostname or "127.0.0.1")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise ConfigurationError(
                f"The service cannot listen at {self.url} ({why}): free that address, or set "
                "another one, by `service_url` of tljh_envbuilder.configure where the Hub runs the "
                "service, else by EnvBuilder.url."
            ) from None
        try:
            yield sockets
        finally:
            for each in sockets:
                each.close()


def _private_folder(path: Path) -> Path:
    path = path.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The state folder {path} cannot be made ({error.strerror}); set EnvBuilder.state_dir."
        ) from None
    return path
