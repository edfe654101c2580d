"""What Python environments share is there before the first of them is built, if so configured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, Deployment, eventually

SETTINGS = """
c.PythonEnvironments.warm_versions = ["3.11"]
# Of its own, so that no other test has built it: what the packages are, does not matter here.
c.PythonEnvironments.jupyter_packages = ["jupyterlab>=4,<{bound}"]
"""


@pytest.fixture
def warming(
    hub_address: str, base_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """A service that was started just now."""
    extra = SETTINGS.format(bound=5 + int(uuid4().hex[:6], 16))
    folder = Path(tmp_path_factory.mktemp("warming"))
    with make_deployment(
        folder, hub_address, base_image=base_image, service_extra=extra
    ) as deployment:
        yield deployment


@pytest.mark.long
def test_the_first_build_begins_with_its_own_requirements(
    warming: Deployment, git_server: GitServer, engine: docker.DockerClient
) -> None:
    log = warming.hub.log_path
    eventually(lambda: "Environments of Python 3.11 can be built" in log.read_text(), timeout=120)
    repository = git_server.create(
        f"warm-{uuid4().hex[:8]}", {"requirements.txt": "humanize==4.9.0\n"}
    )
    builder = warming.client(BUILDER)
    environment = builder.built(builder.add(repository.url))
    steps = builder.build(environment["current_build"]["id"])["steps"]
    [jupyter] = [step for step in steps if "uv venv" in step["name"]]
    assert jupyter["cached"]
    # And nothing is left by which the engine would list it.
    assert not [tag for image in engine.images.list() for tag in image.tags if "-shared-" in tag]
