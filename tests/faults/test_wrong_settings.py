"""Settings that cannot work are told when the service starts."""

from __future__ import annotations

import socket

import pytest

from tests.faults.service_process import ServiceProcess


@pytest.mark.parametrize(
    "setting",
    [
        "c.DockerEngine.docker_host = 'ssh://me:the-secret@example.org'\n",
        "c.Registry.registry_url = 'https://me:the-secret@registry.example.org'\n",
    ],
)
def test_with_an_address_that_cannot_be_one_nothing_starts_and_no_password_is_told(
    service: ServiceProcess, setting: str
) -> None:
    service.start(setting, wait=False)
    assert service.wait() == 1
    assert "cannot be used: ssh takes no" in service.said or "registry_url must be" in service.said
    assert "the-secret" not in service.said


@pytest.mark.parametrize("port", ["{taken}", "65536", "none"])
def test_where_it_cannot_listen_the_setting_is_named_and_no_work_begins(
    service: ServiceProcess, port: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{port}".format(taken=taken.getsockname()[1])
        service.start(f"c.EnvBuilder.url = {url!r}\n", wait=False)
        assert service.wait() == 1
    assert "EnvBuilder.url" in service.said
    assert "Traceback" not in service.said
    assert not service.work_dir.exists()  # made when work begins


def test_images_that_cannot_get_to_the_servers_are_told_at_the_start(
    service: ServiceProcess, docker_host: str
) -> None:
    service.start(f"c.LaunchEngine.docker_host = {docker_host!r}\n")
    assert "LaunchEngine is another engine than DockerEngine" in service.said
