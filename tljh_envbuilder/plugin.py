"""What TLJH calls: everything is set up by its `--plugin tljh-envbuilder`."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

import pluggy

from tljh_envbuilder.configuration import configure
from tljh_envbuilder.spawner.bridge import bridge_gateway

# The same marker as `tljh.hooks.hookimpl`, so that this can be imported without TLJH.
hookimpl = pluggy.HookimplMarker("tljh")

TLJH_SPAWNER = "tljh.user_creating_spawner"


@hookimpl
def tljh_custom_jupyterhub_config(c: Any) -> None:
    """Register the service and the spawner, in place of TLJH's own spawner."""
    spawner_class = c.JupyterHub.get("spawner_class")
    if getattr(spawner_class, "__module__", None) == TLJH_SPAWNER:
        del c.JupyterHub["spawner_class"]
    prefix = Path(os.environ.get("TLJH_INSTALL_PREFIX", "/opt/tljh"))
    configure(
        c,
        state_dir=prefix / "state" / "envbuilder",
        config_file=prefix / "config" / "envbuilder_config.py",
    )


@hookimpl
def tljh_extra_hub_pip_packages() -> list[str]:
    """What the Hub itself imports, so that an upgrade of TLJH keeps it."""
    return ["dockerspawner>=14,<15"]


@hookimpl
def tljh_extra_apt_packages() -> list[str]:
    """Git, and a container engine where there is none; another vendor's Docker stays."""
    has_engine = bool(os.environ.get("DOCKER_HOST")) or shutil.which("dockerd") is not None
    return ["git"] if has_engine else ["git", "docker.io"]


@hookimpl
def tljh_post_install() -> None:
    """Say whether the container engine answers."""
    log = logging.getLogger("tljh")
    if bridge_gateway() is None:
        log.warning(
            "tljh-envbuilder: no Docker answers; start it, then: sudo tljh-config reload hub"
        )
    else:
        log.info(
            "tljh-envbuilder: Docker answers; add the first environment on /services/envbuilder/"
        )
