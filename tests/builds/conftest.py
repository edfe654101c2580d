"""The engine, and images that are gone after a test."""

from tests.engine.conftest import build, engine, make_context, tag

__all__ = ["build", "engine", "make_context", "tag"]
