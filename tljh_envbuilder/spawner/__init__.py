"""What runs inside the Hub when a user starts a server."""

from tljh_envbuilder.spawner.mixin import EnvBuilderMixin
from tljh_envbuilder.spawner.spawner import EnvBuilderSpawner

__all__ = ["EnvBuilderMixin", "EnvBuilderSpawner"]
