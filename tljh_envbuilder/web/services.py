"""What the handlers work with, made once by the application."""

from __future__ import annotations

from dataclasses import dataclass

from tljh_envbuilder.environments.disk import DiskUse
from tljh_envbuilder.environments.environments import Environments
from tljh_envbuilder.environments.feed import Feeds
from tljh_envbuilder.environments.health import HealthCheck
from tljh_envbuilder.environments.launches import Launches
from tljh_envbuilder.environments.logs import Logs
from tljh_envbuilder.environments.moves import Moves
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.environments.refs import Refs
from tljh_envbuilder.environments.registries import Registries
from tljh_envbuilder.environments.servers import Servers
from tljh_envbuilder.environments.webhooks import Webhooks


@dataclass(frozen=True)
class Services:
    """The parts of the application, and where it is served."""

    prefix: str
    public_url: str
    environments: Environments
    logs: Logs
    feeds: Feeds
    moves: Moves
    webhooks: Webhooks
    launches: Launches
    profiles: Profiles
    disk: DiskUse
    refs: Refs
    servers: Servers
    registries: Registries
    health: HealthCheck
