"""`configure` registers everything, and overrides nothing."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import jupyterhub
import pytest
from dockerspawner import DockerSpawner
from jupyterhub import orm, scopes
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from dev.process import free_port
from tljh_envbuilder import configure
from tljh_envbuilder.configuration import TEMPLATES
from tljh_envbuilder.spawner import EnvBuilderSpawner

ACCESS = "access:services!service=envbuilder"


@pytest.fixture
def c() -> Config:
    """What a jupyterhub_config.py gets; the Hub's address is not asked of the engine."""
    c = Config()
    c.JupyterHub.hub_ip = "127.0.0.1"
    return c


def load(c: Config) -> JupyterHub:
    """A Hub with this configuration, as far as its own classes read it."""
    return JupyterHub(config=copy.deepcopy(c))


async def roles_of(c: Config) -> dict[str, set[str]]:
    """The roles that a Hub with this configuration has in its database, with their scopes."""
    hub = load(c)
    hub.db_url = "sqlite:///:memory:"
    hub.authenticator = hub.authenticator_class(parent=hub)
    hub.init_db()
    try:
        await hub.init_role_creation()
        roles = hub.db.query(orm.Role)
        return {role.name: set(role.scopes) for role in roles}
    finally:
        engine = hub.db.get_bind()
        hub.db.close()
        engine.dispose()
        for name in [name for name in scopes.scope_definitions if name.startswith("custom:")]:
            del scopes.scope_definitions[name]


def service(c: Config, name: str = "envbuilder") -> dict[str, Any]:
    """The one service of that name."""
    [found] = [service for service in load(c).services if service["name"] == name]
    return dict(found)


def test_the_service_is_managed_by_the_hub(c: Config, tmp_path: Path) -> None:
    configure(c, state_dir=tmp_path, config_file="/etc/envbuilder.py")
    registered = service(c)
    assert registered["url"] == "http://127.0.0.1:10101"
    assert registered["command"] == [
        sys.executable,
        "-m",
        "tljh_envbuilder",
        "serve",
        "--EnvBuilder.stop_with_parent=True",
        "--config=/etc/envbuilder.py",
        f"--EnvBuilder.state_dir={tmp_path}",
    ]
    assert registered["oauth_no_confirm"]
    assert "admin" not in registered


def test_the_spawner_shows_the_token_of_the_service_which_is_new_at_each_start(c: Config) -> None:
    configure(c)
    token = service(c)["api_token"]
    assert len(token) == 64
    assert c.EnvBuilderMixin.service_token == token
    other = Config()
    configure(other, set_spawner=False)
    assert service(other)["api_token"] != token


def test_a_token_and_a_command_may_be_given(c: Config) -> None:
    configure(c, api_token="secret", command=["/usr/bin/envbuilder", "serve"])
    assert service(c)["api_token"] == c.EnvBuilderMixin.service_token == "secret"
    assert service(c)["command"] == ["/usr/bin/envbuilder", "serve"]


def test_the_service_knows_where_the_engine_is(c: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2376")
    monkeypatch.setenv("SOMEBODYS_SECRET", "secret")
    configure(c)
    assert service(c)["environment"]["DOCKER_HOST"] == "tcp://engine:2376"
    assert "SOMEBODYS_SECRET" not in service(c)["environment"]


@pytest.mark.parametrize("name", ["GIT_SSL_CAINFO", "JUPYTERHUB_CRYPT_KEY", "SSH_AUTH_SOCK"])
def test_the_service_is_given_what_private_repositories_need(
    c: Config, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "value")
    configure(c)
    assert service(c)["environment"][name] == "value"


async def test_all_users_get_access_and_the_named_groups_may_build(c: Config) -> None:
    configure(c, builder_groups=["lecturers"])
    roles = await roles_of(c)
    assert {"self", ACCESS} <= roles["user"]
    assert roles["envbuilder-builders"] == {"custom:envbuilder:build"}
    [role] = [role for role in load(c).load_roles if role["name"] == "envbuilder-builders"]
    assert role["groups"] == ["lecturers"]


async def test_the_hub_knows_all_scopes_that_the_service_may_ask_for(c: Config) -> None:
    configure(c)
    c.JupyterHub.load_roles.append(
        {"name": "all", "scopes": service(c)["oauth_client_allowed_scopes"]}
    )
    assert "custom:envbuilder:admin" in (await roles_of(c))["all"]


def test_the_service_may_do_no_more_for_people_than_it_needs(c: Config) -> None:
    configure(c)
    assert set(service(c)["oauth_client_allowed_scopes"]) == {
        ACCESS,
        "admin-ui",
        "custom:envbuilder:admin",
        "custom:envbuilder:build",
        "servers!user",
    }
    assert not [role for role in load(c).load_roles if role.get("services")]


async def test_another_name_of_the_service_changes_its_access_and_not_the_scopes(
    c: Config,
) -> None:
    configure(c, service_name="images", builder_groups=["staff"])
    assert "access:services!service=images" in (await roles_of(c))["user"]
    assert "images-builders" in await roles_of(c)
    assert c.EnvBuilderMixin.service_name == "images"
    assert load(c).custom_scopes.keys() == {"custom:envbuilder:admin", "custom:envbuilder:build"}


async def test_a_role_of_all_users_that_the_operator_defined_stays(
    c: Config, caplog: pytest.LogCaptureFixture
) -> None:
    mine = {"name": "user", "scopes": ["self", "shares!user"]}
    c.JupyterHub.load_roles = [mine]
    configure(c)
    assert (await roles_of(c))["user"] == {"self", "shares!user"}
    assert f"once you add '{ACCESS}' to its scopes" in caplog.text


async def test_scopes_that_the_operator_gives_all_users_stay(c: Config) -> None:
    if jupyterhub.version_info < (6,):
        pytest.skip("JupyterHub 5 has no extra_user_scopes")
    c.JupyterHub.extra_user_scopes = {"shares!user"}
    configure(c)
    assert {"shares!user", ACCESS} <= (await roles_of(c))["user"]


@pytest.mark.parametrize("how", ["set", "appended"])
def test_what_the_operator_has_in_lists_and_dicts_stays(c: Config, how: str) -> None:
    mine = {"name": "cull", "command": ["cull"]}
    role = {"name": "cull", "scopes": ["list:users"], "services": ["cull"]}
    mine_too = {
        "custom:mine:read": {"description": "Mine."},
        "custom:envbuilder:build": {"description": "Also mine."},
    }
    if how == "set":
        c.JupyterHub.services = [mine]
        c.JupyterHub.load_roles = [role]
        c.JupyterHub.custom_scopes = mine_too
        c.JupyterHub.template_paths = ["/srv/templates"]
        c.JupyterHub.template_vars = {"announcement": "Hello"}
    else:
        c.JupyterHub.services.append(mine)
        c.JupyterHub.load_roles.append(role)
        c.JupyterHub.custom_scopes.update(mine_too)
        c.JupyterHub.template_paths.append("/srv/templates")
        c.JupyterHub.template_vars.update({"announcement": "Hello"})
    configure(c, builder_groups=["lecturers"])
    hub = load(c)
    assert [service["name"] for service in hub.services] == ["cull", "envbuilder"]
    assert hub.load_roles[0] == role
    assert hub.custom_scopes["custom:envbuilder:build"] == {"description": "Also mine."}
    assert hub.custom_scopes.keys() == {*mine_too, "custom:envbuilder:admin"}
    assert hub.template_paths == ["/srv/templates", TEMPLATES]
    assert hub.template_vars == {"announcement": "Hello", "envbuilder_service": "envbuilder"}


def test_what_the_operator_adds_afterwards_is_added(c: Config) -> None:
    configure(c)
    c.JupyterHub.services.append({"name": "cull"})
    c.JupyterHub.load_roles.append({"name": "cull"})
    hub = load(c)
    assert [service["name"] for service in hub.services] == ["envbuilder", "cull"]
    assert hub.load_roles[-1] == {"name": "cull"}


def test_a_service_that_the_operator_defined_stays_and_the_spawner_finds_it(c: Config) -> None:
    mine = {"name": "envbuilder", "url": "http://10.0.0.5:8000", "api_token": "mine"}
    c.JupyterHub.services = [mine]
    configure(c)
    assert load(c).services == [mine]
    assert c.EnvBuilderMixin.service_url == "http://10.0.0.5:8000"
    assert c.EnvBuilderMixin.service_token == "mine"


def test_a_service_without_a_token_is_warned_about(
    c: Config, caplog: pytest.LogCaptureFixture
) -> None:
    c.JupyterHub.services = [{"name": "envbuilder", "url": "http://10.0.0.5:8000"}]
    configure(c)
    assert "The service 'envbuilder' has no 'api_token'" in caplog.text


def test_twice_is_as_good_as_once(c: Config) -> None:
    names = ["services", "load_roles", "custom_scopes", "template_paths", "template_vars"]
    configure(c, builder_groups=["lecturers"])
    once = load(c)
    configure(c, builder_groups=["lecturers"])
    twice = load(c)
    assert [getattr(twice, name) for name in names] == [getattr(once, name) for name in names]


def test_the_spawner_is_set_where_the_operator_chose_none(c: Config) -> None:
    configure(c)
    assert load(c).spawner_class is EnvBuilderSpawner


def test_another_spawner_stays_and_is_warned_about(
    c: Config, caplog: pytest.LogCaptureFixture
) -> None:
    c.JupyterHub.spawner_class = DockerSpawner
    del c.JupyterHub["hub_ip"]
    configure(c)
    assert load(c).spawner_class is DockerSpawner
    assert "hub_ip" not in c.JupyterHub
    assert "users choose environments with tljh_envbuilder.spawner" in caplog.text


def test_a_spawner_made_from_ours_is_welcome(c: Config, caplog: pytest.LogCaptureFixture) -> None:
    class Mine(EnvBuilderSpawner):
        pass

    c.JupyterHub.spawner_class = Mine
    configure(c)
    assert load(c).spawner_class is Mine
    assert not caplog.text


def test_without_the_spawner_nothing_of_it_is_set() -> None:
    c = Config()
    configure(c, set_spawner=False)
    assert c.JupyterHub.keys().isdisjoint({"spawner_class", "hub_ip"})


def test_settings_of_the_spawner_that_the_operator_made_stay(c: Config) -> None:
    c.EnvBuilderMixin.service_url = "http://elsewhere:1"
    c.EnvBuilderMixin.service_token = "mine"
    configure(c)
    assert c.EnvBuilderMixin.service_url == "http://elsewhere:1"
    assert service(c)["api_token"] == c.EnvBuilderMixin.service_token == "mine"


def test_the_hub_listens_where_containers_reach_it(docker_host: str, hub_address: str) -> None:
    c = Config()
    configure(c)
    assert c.JupyterHub.hub_ip == hub_address


@pytest.mark.parametrize(
    "setting",
    [
        {"hub_ip": "10.0.0.1"},
        {"hub_bind_url": "http://10.0.0.1:8081"},
        {"hub_connect_ip": "10.0.0.1"},
        {"hub_connect_url": "http://10.0.0.1:8081"},
    ],
)
def test_an_address_of_the_hub_that_the_operator_set_stays(setting: dict[str, str]) -> None:
    c = Config()
    c.JupyterHub.update(setting)
    configure(c)
    addresses = {name: value for name, value in c.JupyterHub.items() if name.startswith("hub_")}
    assert addresses == setting


def test_without_an_engine_the_hub_starts_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")
    c = Config()
    configure(c)
    assert "hub_ip" not in c.JupyterHub
    assert "Start Docker and then the Hub again, or set c.JupyterHub.hub_ip" in caplog.text
