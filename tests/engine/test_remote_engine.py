"""Engines elsewhere: over TLS with client certificates, and over ssh."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest
from dockerspawner import DockerSpawner

from dev.process import wait_until
from dev.relay import Relay
from dev.remote_engine import RemoteEngine, run_remote_engine
from dev.ssh_server import SshServer, make_key
from dev.tls import make_authority
from tests.conftest import part
from tests.engine.fixture_types import MakeContext
from tests.engine.records import collect, text_of
from tests.engine.shell_image import shell_image
from tests.engine.ssh_client import client_config, tunnels
from tests.engine.test_build_cancel import runs, until
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ConfigurationError, EngineUnavailable

BASE = "shell:latest"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteEngine]:
    """A second engine, with a small image."""
    with part(run_remote_engine(tmp_path_factory.mktemp("tls"))) as remote:
        with closing(docker.APIClient(remote.engine.address, version="auto")) as client:
            client.import_image_from_data(shell_image(), repository="shell")
        yield remote


@pytest.fixture(scope="module")
def ssh_config(ssh_server: SshServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ssh must know to reach `elsewhere`, with a key that may forward and nothing else."""
    return client_config(ssh_server, tmp_path_factory.mktemp("ssh-client"))


@pytest.fixture(params=["tls", "ssh"])
async def engine(
    request: pytest.FixtureRequest, remote: RemoteEngine
) -> AsyncIterator[DockerEngine]:
    """The second engine, reached in each way."""
    if request.param == "tls":
        engine = over_tls(remote)
    else:
        engine = over_ssh(remote, request.getfixturevalue("ssh_config"))
    yield engine
    await engine.close()


def over_tls(remote: RemoteEngine, **settings: Any) -> DockerEngine:
    known = {"docker_host": remote.address, "cert_path": str(remote.cert_path)}
    return DockerEngine(**{**known, **settings})


def over_ssh(remote: RemoteEngine, config: Path, host: str = "elsewhere") -> DockerEngine:
    socket = remote.engine.address.removeprefix("unix://")
    return DockerEngine(docker_host=f"ssh://{host}{socket}", ssh_config=str(config))


def build(engine: DockerEngine, context: Path, tag: str = "remote:1") -> AsyncIterator[Any]:
    return engine.build(context, tag=tag, dockerfile="Dockerfile", build_args={}, labels={})


def slow_step() -> tuple[str, str]:
    """A Dockerfile whose last step takes long, and a word of that step alone."""
    mark = f"{uuid4().int % 90_000 + 10_000}.5"
    return f"FROM {BASE}\nRUN echo begun-{mark}\nRUN exec sleep {mark}\n", mark


async def test_builds_and_runs_there(engine: DockerEngine, make_context: MakeContext) -> None:
    files = {"Dockerfile": f"FROM {BASE}\nCOPY said /said\nRUN cat /said\n", "said": uuid4().hex}
    records = await collect(build(engine, make_context(files)))
    assert files["said"] in text_of(records)
    ran = await engine.run("remote:1", ["/bin/cat", "/said"], timeout=30)
    assert ran == files["said"]
    assert await engine.data_root() is None
    await engine.remove_image("remote:1", force=True)


async def test_many_questions_at_once_share_one_tunnel(
    remote: RemoteEngine, ssh_config: Path
) -> None:
    engine = over_ssh(remote, ssh_config)
    answers = await asyncio.gather(*(engine.info() for _ in range(20)))
    assert len({answer.kind for answer in answers}) == 1
    assert len(tunnels(ssh_config)) == 1
    await engine.close()
    assert tunnels(ssh_config) == []


async def test_the_context_is_compressed_on_its_way(
    remote: RemoteEngine, make_context: MakeContext
) -> None:
    plain = make_context({"Dockerfile": "FROM scratch\nCOPY . /\n", "table.csv": "1,2,3\n" * 10**6})
    with Relay(remote.engine.address) as relay:
        engine = DockerEngine(docker_host=f"tcp://{relay.address}")
        await collect(build(engine, plain))
        await engine.close()
    assert relay.asked < plain.stat().st_size / 20


async def test_leaving_a_build_ends_its_step(
    engine: DockerEngine, make_context: MakeContext
) -> None:
    dockerfile, mark = slow_step()
    task = asyncio.create_task(collect(build(engine, make_context({"Dockerfile": dockerfile}))))
    await until(lambda: runs("sleep", mark), seconds=30)
    task.cancel()
    await until(lambda: not runs("sleep", mark), seconds=15)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_build_notices_that_ssh_is_gone_and_the_next_goes_on(
    remote: RemoteEngine, ssh_config: Path, make_context: MakeContext
) -> None:
    engine = over_ssh(remote, ssh_config)
    dockerfile, mark = slow_step()
    task = asyncio.create_task(collect(build(engine, make_context({"Dockerfile": dockerfile}))))
    await until(lambda: runs("sleep", mark), seconds=30)
    (tunnel,) = tunnels(ssh_config)
    os.kill(tunnel, signal.SIGKILL)
    with pytest.raises(EngineUnavailable, match="does not answer at ssh://"):
        await asyncio.wait_for(task, 60)
    assert await answers_again(engine)
    await engine.close()


def test_no_tunnel_outlives_who_is_killed(remote: RemoteEngine, ssh_config: Path) -> None:
    address = f"ssh://elsewhere{remote.engine.address.removeprefix('unix://')}"
    program = f"""
import asyncio
from tljh_envbuilder.engine.docker import DockerEngine

async def main():
    engine = DockerEngine(docker_host={address!r}, ssh_config={str(ssh_config)!r})
    print((await engine.info()).kind, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        assert len(tunnels(ssh_config)) == 1
        process.kill()
    wait_until(lambda: tunnels(ssh_config) == [], timeout=60, what="ssh did not end")


def test_servers_can_start_there_by_the_documented_settings(
    remote: RemoteEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where these are set, `requests`, and so docker-py, takes no other authority.
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)

    class Elsewhere(DockerSpawner):
        """Keeps its client apart from DockerSpawner's, which is one for all."""

    certificates = {name: str(remote.cert_path / f"{name}.pem") for name in ("ca", "cert", "key")}
    spawner = Elsewhere(
        client_kwargs={"base_url": remote.address},
        tls_config={
            "client_cert": (certificates["cert"], certificates["key"]),
            "ca_cert": certificates["ca"],
            "verify": True,
        },
    )
    with closing(spawner.client) as client:
        assert client.ping()


async def test_a_build_that_is_silent_notices_that_the_cable_is_pulled(
    remote: RemoteEngine, make_context: MakeContext
) -> None:
    engine = over_tls(remote, silence_timeout=4)
    dockerfile, mark = slow_step()
    task = asyncio.create_task(collect(build(engine, make_context({"Dockerfile": dockerfile}))))
    await until(lambda: runs("sleep", mark), seconds=30)
    remote.pull_the_cable()
    try:
        with pytest.raises(EngineUnavailable, match="does not answer at tcp://"):
            await asyncio.wait_for(task, 60)
    finally:
        remote.plug_in()
    assert await answers_again(engine)
    await engine.close()


async def test_what_is_wrong_with_tls_is_said(remote: RemoteEngine, tmp_path: Path) -> None:
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    _, stranger = make_authority(strangers, server="127.0.0.1")
    assert "unable to get local issuer" in await refusal(over_tls(remote, cert_path=str(stranger)))
    shutil.copy(remote.cert_path / "ca.pem", stranger)
    assert "certificate" in await refusal(over_tls(remote, cert_path=str(stranger)))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ssh://", "it names no host"),
        ("ssh://user:secret@host", "ssh takes no password from it"),
        ("npipe:////./pipe/docker_engine", "it begins with none of unix://, tcp:// and ssh://"),
    ],
)
async def test_an_address_that_cannot_be_one_is_refused(address: str, reason: str) -> None:
    engine = DockerEngine(docker_host=address)
    with pytest.raises(ConfigurationError, match=reason):
        await engine.info()


async def test_a_folder_without_certificates_is_refused(tmp_path: Path) -> None:
    engine = DockerEngine(docker_host="tcp://127.0.0.1:9", cert_path=str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"needs ca\.pem, cert\.pem and key\.pem"):
        await engine.info()


async def test_what_is_wrong_with_ssh_is_said(
    remote: RemoteEngine, ssh_config: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    make_key(tmp_path / "key")
    known = await asyncio.to_thread(ssh_config.read_text)
    config.write_text(known.replace(f"{ssh_config.parent}/key", f"{tmp_path}/key"))
    assert "Permission denied (publickey)" in await refusal(over_ssh(remote, config))
    config.write_text(known.replace(f"{ssh_config.parent}/known_hosts", f"{tmp_path}/none"))
    assert "Host key verification failed" in await refusal(over_ssh(remote, config))
    assert "Connection refused" in await refusal(over_ssh(remote, config, "127.0.0.1:9"))


async def refusal(engine: DockerEngine) -> str:
    """Why the engine cannot be reached."""
    with pytest.raises(EngineUnavailable) as unavailable:
        await engine.info()
    await engine.close()
    return unavailable.value.message


async def answers_again(engine: DockerEngine) -> bool:
    """Whether it does within some seconds, as the service asks it."""
    for _ in range(20):
        with suppress(EngineUnavailable):
            return bool((await engine.info()).kind)
        await asyncio.sleep(0.2)
    return False
