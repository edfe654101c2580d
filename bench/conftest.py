"""The bench runs on the same real parts as the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measurements import Measurements
from bench.peer.builder_image import builder_image
from bench.peer.hub import Peer, PeerHub
from dev.git_server import GitServer, serve_git
from tests.conftest import *  # noqa: F403
from tests.live.conftest import *  # noqa: F403


@pytest.fixture(scope="session")
def measurements() -> Iterator[Measurements]:
    """Where results go; they are written when all is done."""
    measurements = Measurements()
    yield measurements
    measurements.write()


@pytest.fixture(scope="session")
def git_server(hub_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    """As in the tests, where the peer's builder, which is a container, finds it as well."""
    with serve_git(tmp_path_factory.mktemp("git-server"), host=hub_address) as server:
        yield server


@pytest.fixture(scope="session")
def peer(
    docker_host: str,
    base_image: str,
    hub_address: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Peer]:
    """tljh-repo2docker with a Hub of its own."""
    folder: Path = tmp_path_factory.mktemp("peer") / "hub"
    with builder_image(docker_host, base_image), PeerHub(folder, hub_address) as peer:
        yield peer
