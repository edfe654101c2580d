"""The plugin against TLJH's hooks, called as TLJH calls them."""

from __future__ import annotations

import logging
from pathlib import Path

import pluggy
import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from traitlets.config import Config

from dev.process import free_port
from tljh_envbuilder import plugin
from tljh_envbuilder.spawner import EnvBuilderSpawner

# Names and arguments of tljh/hooks.py (TLJH 2.x).
TLJH_HOOKS = {
    "tljh_extra_user_conda_packages": (),
    "tljh_extra_user_conda_channels": (),
    "tljh_extra_user_pip_packages": (),
    "tljh_extra_hub_pip_packages": (),
    "tljh_extra_apt_packages": (),
    "tljh_custom_jupyterhub_config": ("c",),
    "tljh_config_post_install": ("config",),
    "tljh_post_install": (),
    "tljh_new_user_create": ("username",),
}


def hook_specifications() -> type:
    """What TLJH's hooks module is to pluggy."""
    mark = pluggy.HookspecMarker("tljh")
    hooks = {}
    for name, arguments in TLJH_HOOKS.items():
        namespace: dict[str, object] = {}
        exec(f"def {name}({', '.join(arguments)}): pass", namespace)
        hooks[name] = mark(staticmethod(namespace[name]))
    return type("hooks", (), hooks)


@pytest.fixture
def tljh() -> pluggy.PluginManager:
    """TLJH's plugin manager with this plugin registered."""
    manager = pluggy.PluginManager("tljh")
    manager.add_hookspecs(hook_specifications())
    manager.register(plugin)
    return manager


@pytest.fixture
def c() -> Config:
    """What TLJH has configured when it calls a plugin."""
    c = Config()
    # As TLJH's own spawner is found: by the module of its class.
    c.JupyterHub.spawner_class = type(
        "UserCreatingSpawner",
        (SimpleLocalProcessSpawner,),
        {"__module__": "tljh.user_creating_spawner"},
    )
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.hub_port = 15001
    c.JupyterHub.base_url = "/"
    c.JupyterHub.services = [{"name": "cull-idle", "admin": True, "command": ["cull"]}]
    c.Spawner.mem_limit = "1G"
    c.Spawner.cpu_limit = 2
    c.Spawner.default_url = "/lab"
    c.SystemdSpawner.default_shell = "/bin/bash"
    return c


def test_each_hook_is_one_of_tljhs_with_its_arguments(tljh: pluggy.PluginManager) -> None:
    tljh.check_pending()
    hooks = {caller.name for caller in tljh.get_hookcallers(plugin) or []}
    assert hooks == {
        "tljh_custom_jupyterhub_config",
        "tljh_extra_apt_packages",
        "tljh_extra_hub_pip_packages",
        "tljh_post_install",
    }


def test_the_hub_is_configured_and_keeps_what_tljh_set(
    tljh: pluggy.PluginManager, c: Config, hub_address: str
) -> None:
    tljh.hook.tljh_custom_jupyterhub_config(c=c)
    hub = JupyterHub(config=c)
    assert hub.spawner_class is EnvBuilderSpawner
    assert [service["name"] for service in hub.services] == ["cull-idle", "envbuilder"]
    assert (hub.hub_ip, hub.hub_port) == (hub_address, 15001)
    assert hub.cleanup_servers is False


def test_data_and_settings_are_where_tljh_has_its_own(
    tljh: pluggy.PluginManager, c: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TLJH_INSTALL_PREFIX", str(tmp_path))
    tljh.hook.tljh_custom_jupyterhub_config(c=c)
    command = c.JupyterHub.services[-1]["command"]
    assert f"--config={tmp_path}/config/envbuilder_config.py" in command
    assert f"--EnvBuilder.state_dir={tmp_path}/state/envbuilder" in command


def test_the_limits_of_tljh_hold_where_an_environment_has_none(
    tljh: pluggy.PluginManager, c: Config
) -> None:
    tljh.hook.tljh_custom_jupyterhub_config(c=c)
    spawner = EnvBuilderSpawner(config=c)
    assert (spawner.mem_limit, spawner.cpu_limit) == (2**30, 2)


@pytest.mark.parametrize("spawner_class", [LocalProcessSpawner, "simple"])
def test_another_spawner_that_the_operator_chose_stays(
    tljh: pluggy.PluginManager, c: Config, spawner_class: type | str
) -> None:
    c.JupyterHub.spawner_class = spawner_class
    tljh.hook.tljh_custom_jupyterhub_config(c=c)
    assert c.JupyterHub.spawner_class is spawner_class


def test_the_hub_gets_the_packages_that_it_imports(tljh: pluggy.PluginManager) -> None:
    [packages] = tljh.hook.tljh_extra_hub_pip_packages()
    assert [package.partition(">")[0] for package in packages] == ["dockerspawner"]


def test_an_engine_is_installed_only_where_there_is_none(
    tljh: pluggy.PluginManager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tljh.hook.tljh_extra_apt_packages() == [["git", "docker.io"]]
    (tmp_path / "dockerd").touch(mode=0o755)
    assert tljh.hook.tljh_extra_apt_packages() == [["git"]]


def test_the_installer_says_that_docker_answers(
    tljh: pluggy.PluginManager, docker_host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="tljh"):
        tljh.hook.tljh_post_install()
    assert "Docker answers" in caplog.text


def test_the_installer_says_what_to_do_when_docker_does_not_answer(
    tljh: pluggy.PluginManager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")
    tljh.hook.tljh_post_install()
    assert "start it, then: sudo tljh-config reload hub" in caplog.text
