"""The engine, images that are gone after a test, and a database without a service."""

from tests.engine.conftest import build, engine, make_context, tag
from tests.environments.conftest import store

__all__ = ["build", "engine", "make_context", "store", "tag"]
