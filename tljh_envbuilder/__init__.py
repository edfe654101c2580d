"""Git repositories become environments that JupyterHub users pick and work in."""

from tljh_envbuilder._version import __version__

__all__ = ["__version__"]
