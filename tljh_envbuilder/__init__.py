"""Git repositories become environments that JupyterHub users pick and work in."""

from __future__ import annotations

from typing import Any

from tljh_envbuilder._version import __version__

__all__ = ["__version__", "configure"]


def __getattr__(name: str) -> Any:
    # `configure` brings the Docker client along, which the service has no use for.
    if name == "configure":
        from tljh_envbuilder.configuration import configure

        return configure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
