"""The Hub of the demo: what a jupyterhub_config.py needs for tljh-envbuilder, and a way to log in.

dev/hub.py adds the addresses.
"""

import os
from pathlib import Path

import tljh_envbuilder

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = os.environ["DEMO_PASSWORD"]
c.Authenticator.admin_users = {os.environ["DEMO_ADMIN"]}
c.Authenticator.allowed_users = {os.environ["DEMO_USER"]}

# Ctrl-C stops everything, and it is one person's.
c.JupyterHub.cleanup_servers = True

tljh_envbuilder.configure(
    c,
    service_url=os.environ["DEMO_SERVICE_URL"],
    state_dir=str(Path.cwd() / "envbuilder"),
    config_file=str(Path.cwd() / "envbuilder_config.py"),
)
