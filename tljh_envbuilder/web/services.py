"""What the handlers work with, made once by the application."""

from __future__ import annotations

from dataclasses import dataclass

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.environments.disk import DiskUse
from tljh_envbuilder.environments.environments import Environments
from tljh_envbuilder.environments.launches import Launches
from tljh_envbuilder.environments.moves import Moves
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.environments.refs import Refs
from tljh_envbuilder.environments.registries import Registries
from tljh_envbuilder.environments.servers import Servers
from tljh_envbuilder.environments.webhooks import Webhooks
from tljh_envbuilder.hub.client import HubClient
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store


@dataclass(frozen=True)
class Services:
    """The parts of the application, and where it is served."""

    prefix: str
    public_url: str
    store: Store
    logs: BuildLogs
    engine: DockerEngine
    launch_engine: DockerEngine
    queue: BuildQueue
    changes: Changes
    environments: Environments
    moves: Moves
    webhooks: Webhooks
    launches: Launches
    profiles: Profiles
    disk: DiskUse
    hub: HubClient
    refs: Refs
    servers: Servers
    registries: Registries
