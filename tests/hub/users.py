"""A user of a Hub, with the Hub's own classes and database, without its web server and proxy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jupyterhub import orm, roles
from jupyterhub.objects import Hub
from jupyterhub.user import User
from traitlets.config import Config

from tljh_envbuilder.spawner import EnvBuilderSpawner


def make_user(
    name: str, config: Config, *, base_url: str = "/", groups: tuple[str, ...] = ()
) -> User:
    """A user whose servers are started by an EnvBuilderSpawner with this configuration."""
    db = orm.new_session_factory("sqlite:///:memory:")()
    for role in roles.get_default_roles():
        roles.create_role(db, role)
    db.add(orm.OAuthClient(identifier="jupyterhub"))
    orm_user = orm.User(name=name, groups=[orm.Group(name=group) for group in groups])
    db.add(orm_user)
    db.commit()
    roles.assign_default_roles(db, orm_user)
    settings: dict[str, Any] = {
        "hub": Hub(ip="127.0.0.1", base_url=f"{base_url}hub/"),
        "base_url": base_url,
        "config": config,
        "spawner_class": EnvBuilderSpawner,
        "internal_ssl": False,
        "allow_named_servers": True,
        # JupyterHub 5 counts failures here.
        "statsd": SimpleNamespace(incr=lambda *_: None),
    }
    return User(orm_user, settings, db)
