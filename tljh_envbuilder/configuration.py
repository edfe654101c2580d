"""Registers everything in a jupyterhub_config.py, and overrides nothing that is set there."""

from __future__ import annotations

import copy
import os
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jupyterhub
from traitlets.config import Config, LazyConfigValue
from traitlets.log import get_logger
from traitlets.utils.importstring import import_item

from tljh_envbuilder.models.caller import Scope
from tljh_envbuilder.spawner.bridge import bridge_gateway
from tljh_envbuilder.spawner.mixin import EnvBuilderMixin

SPAWNER_CLASS = "tljh_envbuilder.spawner.EnvBuilderSpawner"
TEMPLATES = str(Path(__file__).parent / "templates")

CUSTOM_SCOPES = {
    Scope.ADMIN.value: {
        "description": "Add, change, rebuild and remove all environments.",
        "subscopes": [Scope.BUILD.value],
    },
    Scope.BUILD.value: {"description": "Add environments, and manage one's own."},
}

#: The Hub gives a service little of its own environment; these say how to reach the outside, and
#: with what the service encrypts what it must keep.
INHERITED = (
    "DOCKER_HOST",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "GIT_SSL_CAINFO",
    "JUPYTERHUB_CRYPT_KEY",
    "SSH_AUTH_SOCK",
)


def configure(
    c: Config,
    *,
    service_name: str = "envbuilder",
    service_url: str = "http://127.0.0.1:10101",
    state_dir: str | os.PathLike[str] | None = None,
    config_file: str | os.PathLike[str] | None = None,
    api_token: str | None = None,
    command: Iterable[str] | None = None,
    builder_groups: Iterable[str] = (),
    set_spawner: bool = True,
) -> None:
    """Add the service, its scopes and roles, the spawner and the menu link to a Hub's config.

    What is set already stays as it is; lists and dicts are added to. `state_dir` is where the
    service keeps its data and `config_file` its settings; `service_url` is where it listens;
    `command` starts it some other way. Members of `builder_groups` may add environments. Without
    `set_spawner`, `c.JupyterHub.spawner_class` and the Hub's address are left alone as well.
    """
    service = _find(c.JupyterHub, "services", service_name)
    if service is None:
        service = {
            "name": service_name,
            "url": service_url,
            "api_token": api_token
            or c.EnvBuilderMixin.get("service_token")
            or secrets.token_hex(32),
            "command": list(command or _command(state_dir, config_file)),
            "environment": {name: os.environ[name] for name in INHERITED if name in os.environ},
            "oauth_client_allowed_scopes": _allowed_scopes(service_name),
            "oauth_no_confirm": True,
            "display": True,
        }
        _append(c.JupyterHub, "services", service)
    _update(c.JupyterHub, "custom_scopes", CUSTOM_SCOPES)
    _let_users_in(c, service_name)
    _let_groups_build(c, service_name, list(builder_groups))
    _add_menu_link(c, service_name)
    # People work on while the Hub is restarted or brought up to date.
    c.JupyterHub.setdefault("cleanup_servers", False)
    _connect_spawner(c, service)
    if set_spawner:
        _set_spawner(c)


def _command(
    state_dir: str | os.PathLike[str] | None, config_file: str | os.PathLike[str] | None
) -> list[str]:
    command = [
        sys.executable,
        "-m",
        "tljh_envbuilder",
        "serve",
        "--EnvBuilder.stop_with_parent=True",
    ]
    if config_file is not None:
        command.append(f"--config={os.fspath(config_file)}")
    if state_dir is not None:
        command.append(f"--EnvBuilder.state_dir={os.fspath(state_dir)}")
    return command


def _allowed_scopes(service_name: str) -> list[str]:
    """All that the service may do for a person, with that person's own authority."""
    return [
        f"access:services!service={service_name}",
        *(scope.value for scope in Scope),
        "servers!user",
    ]


def _let_users_in(c: Config, service_name: str) -> None:
    access = f"access:services!service={service_name}"
    role = _find(c.JupyterHub, "load_roles", "user")
    if role is not None:
        if access not in role.get("scopes", []):
            get_logger().warning(
                "c.JupyterHub.load_roles defines the role 'user', which stays as it is; users see "
                "the environments once you add %r to its scopes.",
                access,
            )
    elif jupyterhub.version_info >= (6,):
        _update(c.JupyterHub, "extra_user_scopes", {access})
    else:
        _append(c.JupyterHub, "load_roles", {"name": "user", "scopes": ["self", access]})


def _let_groups_build(c: Config, service_name: str, groups: list[str]) -> None:
    name = f"{service_name}-builders"
    if groups and _find(c.JupyterHub, "load_roles", name) is None:
        role = {
            "name": name,
            "description": "May add environments, and manage their own",
            "scopes": [Scope.BUILD.value],
            "groups": groups,
        }
        _append(c.JupyterHub, "load_roles", role)


def _add_menu_link(c: Config, service_name: str) -> None:
    paths = _configured(c.JupyterHub, "template_paths", [])
    if TEMPLATES not in paths:
        c.JupyterHub.template_paths = [*paths, TEMPLATES]
    _update(c.JupyterHub, "template_vars", {"envbuilder_service": service_name})


def _connect_spawner(c: Config, service: Mapping[str, Any]) -> None:
    settings = {
        "service_name": service["name"],
        "service_url": service.get("url"),
        "service_token": service.get("api_token"),
    }
    for name, value in settings.items():
        if name in c.EnvBuilderMixin:
            continue
        if value:
            c.EnvBuilderMixin[name] = value
        else:
            get_logger().warning(
                "The service %r has no %r, so that servers cannot be started from environments.",
                service["name"],
                name.removeprefix("service_").replace("token", "api_token"),
            )


def _set_spawner(c: Config) -> None:
    spawner_class = c.JupyterHub.setdefault("spawner_class", SPAWNER_CLASS)
    if not _has_mixin(spawner_class):
        get_logger().warning(
            "c.JupyterHub.spawner_class is %s and stays; users choose environments with %s.",
            spawner_class,
            SPAWNER_CLASS,
        )
        return
    addresses = {"hub_ip", "hub_bind_url", "hub_connect_ip", "hub_connect_url"}
    if addresses.isdisjoint(c.JupyterHub):
        _listen_where_containers_are(c)


def _has_mixin(spawner_class: Any) -> bool:
    if isinstance(spawner_class, str):
        try:
            spawner_class = import_item(spawner_class)
        except ImportError:  # the name of an entry point, or a mistake that the Hub will report
            return False
    return isinstance(spawner_class, type) and issubclass(spawner_class, EnvBuilderMixin)


def _listen_where_containers_are(c: Config) -> None:
    """By default the Hub listens on 127.0.0.1, which in a container is the container."""
    client_kwargs = _configured(c.DockerSpawner, "client_kwargs", {})
    network = c.DockerSpawner.get("network_name", "bridge")
    gateway = bridge_gateway(network, **client_kwargs)
    if gateway is not None:
        c.JupyterHub.hub_ip = gateway
        return
    get_logger().error(
        "No container engine with a network of this machine answers, so that servers will not "
        "reach the Hub. Start Docker and then the Hub again, or set c.JupyterHub.hub_ip to an "
        "address of this machine that containers reach."
    )


def _configured(section: Config, name: str, default: Any) -> Any:
    """A setting as it stands, also where it was only added to (`c.….append(…)`)."""
    value = section.get(name)
    if isinstance(value, LazyConfigValue):
        return copy.deepcopy(value).get_value(default)
    return default if value is None else value


def _find(section: Config, name: str, item_name: str) -> dict[str, Any] | None:
    """The item with this `name` in a list of dicts."""
    items = _configured(section, name, [])
    return next((item for item in items if item.get("name") == item_name), None)


def _append(section: Config, name: str, item: dict[str, Any]) -> None:
    if isinstance(section.get(name, LazyConfigValue()), LazyConfigValue):
        section[name].append(item)
    else:
        section[name] = [*section[name], item]


def _update(section: Config, name: str, items: dict[str, Any] | set[str]) -> None:
    """Add to a dict, where keys that are there stay as they are, or to a set."""
    empty = type(items)()
    present = _configured(section, name, empty)
    if isinstance(items, dict):
        items = {key: value for key, value in items.items() if key not in present}
    if isinstance(section.get(name, LazyConfigValue()), LazyConfigValue):
        section[name].update(items)
    else:
        section[name] = {*present, *items} if isinstance(items, set) else {**present, **items}
