"""A deployment that may read private repositories, with everything logged that can be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.git_server import GitServer, serve_git
from dev.ssh_server import SshServer
from dev.tls import make_certificate
from tests.live.conftest import engine, make_deployment
from tests.live.service import Deployment

__all__ = ["engine"]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="tljh-envbuilder-leaks-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def https_server(folder: Path) -> Iterator[GitServer]:
    """A git server that speaks TLS, with a certificate in the folder."""
    tls, _ = make_certificate(folder)
    with serve_git(folder / "git", tls=tls) as server:
        yield server


@pytest.fixture(scope="session")
def deployment(
    hub_address: str, folder: Path, https_server: GitServer, ssh_server: SshServer
) -> Iterator[Deployment]:
    """The Hub and the service, which know the two servers."""
    (folder / "known_hosts").write_text(ssh_server.known_hosts)
    live = make_deployment(
        folder / "deployment",
        hub_address,
        hub_extra="c.JupyterHub.log_level = 10\n",
        service_extra="c.EnvBuilder.log_level = 10\n"
        f"c.Fetcher.known_hosts = {str(folder / 'known_hosts')!r}\n"
        f"c.Fetcher.work_dir = {str(folder / 'work')!r}\n",
        hub_env={"GIT_SSL_CAINFO": str(folder / "tls.crt")},
    )
    with live:
        yield live
