"""The real parts that tests run on; each is started once, by the first test that asks for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

import pytest

from dev.base_image import ensure_base_image
from dev.engine import bridge_address, ensure_engine
from dev.git_server import GitServer, serve_git
from dev.postgresql import run_postgresql
from dev.process import DevError
from dev.registry import Registry, run_registry
from dev.singleuser_image import ensure_singleuser_image
from dev.ssh_server import SshServer, serve_ssh

T = TypeVar("T")


def pytest_configure() -> None:
    """Let a run that is terminated take down what it started, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def skipping() -> Iterator[None]:
    """Skip for want of a part where a person works; fail where nobody would notice."""
    try:
        yield
    except DevError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@contextmanager
def part(context: AbstractContextManager[T]) -> Iterator[T]:
    """Enter the context, or skip."""
    with ExitStack() as stack:
        with skipping():
            entered = stack.enter_context(context)
        yield entered


@pytest.fixture(scope="session")
def docker_host() -> Iterator[str]:
    """Address of a real container engine."""
    with part(ensure_engine()) as address:
        yield address


@pytest.fixture(scope="session")
def base_image(docker_host: str) -> str:
    """Name of an image on the engine with python3, pip, venv and this machine's authorities."""
    with skipping():
        return ensure_base_image(docker_host)


@pytest.fixture(scope="session")
def hub_address(docker_host: str) -> str:
    """Where a Hub must listen for containers to reach it."""
    return bridge_address(docker_host)


@pytest.fixture(scope="session")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    """A git server over HTTP; tests create repositories in it."""
    with serve_git(tmp_path_factory.mktemp("git-server")) as server:
        yield server


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """An SSH server that lets keys read the git server's repositories."""
    with part(serve_ssh(tmp_path_factory.mktemp("ssh-server"))) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Address of a real PostgreSQL, as SQLAlchemy writes it; its user may create databases."""
    with part(run_postgresql()) as url:
        yield url


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """A container registry on loopback that asks for a login."""
    with part(run_registry()) as running:
        yield running


@pytest.fixture(scope="session")
def singleuser_image(docker_host: str, base_image: str) -> str:
    """Name of an image on the engine that a server of this Hub can run from."""
    with skipping():
        return ensure_singleuser_image(docker_host, base_image)
