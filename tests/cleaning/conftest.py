"""A store and an engine with images in them, and the cleaner that is to clean them."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import docker
import pytest
from traitlets.config import Config

from dev.own_engine import OwnEngine, run_own_engine
from tests.conftest import part
from tests.environments.conftest import store
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.cleaner import Cleaner
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.images import ImageNames, labels
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.build import Build, BuildRequest, BuildStatus, ImageDetails, Trigger
from tljh_envbuilder.models.environment import EnvironmentRequest
from tljh_envbuilder.store.store import Store

__all__ = ["store"]

REGISTRY = {"registry_url": "https://registry.example.org", "namespace": "hub"}
DETAILS = ImageDetails(user="ada", uid=1000, gid=1000, home="/home/ada", jupyterhub_version="5.5.4")


async def build_image(engine: DockerEngine, tag: str, *, base: str, labels: dict[str, str]) -> str:
    """Build an image like no other; returns its id."""
    with TemporaryDirectory() as folder:
        context = _context(Path(folder), f"FROM {base}\nCOPY x /\n")
        events = engine.build(
            context, tag=tag, dockerfile="Dockerfile", build_args={}, labels=labels
        )
        _ = [event async for event in events]
    image = await engine.image(tag)
    assert image is not None
    return image.id


def _context(folder: Path, dockerfile: str) -> Path:
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "x").write_text(uuid4().hex * 1000)
    with tarfile.open(folder / "context.tar", "w", format=tarfile.GNU_FORMAT) as tar:
        for name in ("Dockerfile", "x"):
            tar.add(folder / name, arcname=name)
    return folder / "context.tar"


@dataclass
class Installation:
    """What a service has: its database and its images, without the service."""

    store: Store
    engine: DockerEngine
    names: ImageNames
    base: str = "scratch"

    async def queued(self, name: str = "maths") -> Build:
        """A build that waits."""
        request = EnvironmentRequest(name=name, repo_url=f"https://example.org/{name}")
        environments, _ = await self.store.environments.list(viewer=None)
        if name not in {environment.name for environment in environments}:
            return (await self.store.environments.add(request, owner="ada"))[1]
        return await self.store.builds.add(
            name, ref=BuildRequest().ref, trigger=Trigger.REBUILD, requested_by="ada"
        )

    async def image_of(self, build: Build) -> str:
        """An image as the build makes it, not yet published; its id."""
        return await build_image(
            self.engine,
            self.names.of_build(build.environment, build.id),
            base=self.base,
            labels=labels(
                build.environment,
                title=build.environment,
                source=build.repo_url,
                commit="0" * 40,
                build=str(build.id),
                installation=self.store.installation,
            ),
        )

    async def built(self, name: str = "maths") -> Build:
        """A build that has succeeded, with its image."""
        build = await self.queued(name)
        await self.image_of(build)
        return await self.finish(build)

    async def pulled(self, name: str = "maths") -> Build:
        """A build that has succeeded, with an image that has none of our labels."""
        build = await self.queued(name)
        own = self.names.of_build(build.environment, build.id)
        await build_image(self.engine, own, base=self.base, labels={})
        return await self.finish(build)

    async def finish(self, build: Build) -> Build:
        """Publish the image of a build."""
        own = self.names.of_build(build.environment, build.id)
        published = self.names.published(build.environment, f"{build.id:07}")
        await self.engine.tag_image(own, published)
        image = await self.engine.image(own)
        assert image is not None
        return await self.store.builds.finish(
            build.id, image=published, image_id=image.id, image_size=1, image_details=DETAILS
        )

    async def end(self, build: Build, status: BuildStatus) -> None:
        """Let a build come to nothing."""
        await self.store.builds.update(build.id, status=status)

    async def has_image(self, build: Build) -> bool:
        """Whether a server could start from the build."""
        own = self.names.of_build(build.environment, build.id)
        return await self.engine.image(own) is not None

    async def is_given_up(self, build: Build) -> bool:
        """Whether the build says that its image is gone."""
        return (await self.store.builds.get(build.id)).image_removed_at is not None


@pytest.fixture
async def engine(docker_host: str) -> AsyncIterator[DockerEngine]:
    """The real container engine."""
    engine = DockerEngine(docker_host=docker_host)
    yield engine
    await engine.close()


@pytest.fixture
def client(docker_host: str) -> Iterator[docker.DockerClient]:
    """Another client of the engine, to do what others do there."""
    with closing(docker.DockerClient(base_url=docker_host)) as client:
        yield client


@pytest.fixture
def prefix(client: docker.DockerClient) -> Iterator[str]:
    """Begins all names of images in a test; what is left of them is removed."""
    prefix = f"cleaning-test-{uuid4().hex[:8]}"
    yield f"{prefix}/"
    for container in client.containers.list(all=True, filters={"name": prefix}):
        container.remove(force=True)
    for image in client.images.list(name=f"{prefix}/*"):
        client.images.remove(image.id, force=True)


@pytest.fixture
def ours(store: Store, engine: DockerEngine, prefix: str) -> Installation:
    """The installation that is cleaned."""
    return Installation(store, engine, ImageNames(prefix=prefix))


@pytest.fixture
def changes() -> Changes:
    """News for who listens."""
    return Changes()


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    """Where repositories are fetched."""
    return tmp_path / "work"


@pytest.fixture
def cleaner_on(
    store: Store, changes: Changes, prefix: str, work_dir: Path, tmp_path: Path
) -> Callable[[DockerEngine], Cleaner]:
    """Makes a cleaner that keeps two builds, and all of the build cache: others need that."""

    def make(engine: DockerEngine, launch_engine: DockerEngine | None = None) -> Cleaner:
        return Cleaner(
            store=store,
            engine=engine,
            launch_engine=launch_engine or engine,
            fetcher=Fetcher(
                tmp_path, sources=Sources(), python=PythonEnvironments(), work_dir=str(work_dir)
            ),
            changes=changes,
            names=ImageNames(prefix=prefix),
            registry=Registry(engine, config=Config({"Registry": REGISTRY})),
            keep_builds=2,
            max_build_cache=0,
        )

    return make


@pytest.fixture
def cleaner(cleaner_on: Callable[[DockerEngine], Cleaner], engine: DockerEngine) -> Cleaner:
    """The cleaner, with the real engine."""
    return cleaner_on(engine)


@pytest.fixture(scope="session")
def own_engine() -> Iterator[OwnEngine]:
    """An engine whose build cache is nobody else's."""
    with part(run_own_engine()) as engine:
        yield engine


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 64 MiB; needs root. Its path is short, as an engine's sockets are on it."""
    folder = Path(tempfile.mkdtemp(prefix="envbuilder-", dir="/var/tmp"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder])
    if mounted.returncode != 0:
        pytest.skip("Mounting a disk needs root.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()
