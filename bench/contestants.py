"""Those who make an image of a repository with requirements, each in its own way."""

from __future__ import annotations

from contextlib import closing
from time import perf_counter
from typing import Protocol
from uuid import uuid4

import docker

from bench.straight import WriteContext, build_straight
from dev.git_server import GitRepository
from tests.live.service import Client


class Contestant(Protocol):
    """Builds the default branch of one repository, as often as it is asked to."""

    def build(self) -> float:
        """Seconds from the wish to the image."""

    def image(self) -> str:
        """The image's name or id on the engine."""

    def forget(self) -> None:
        """Remove the image."""


class Straight:
    """`git clone` and a Dockerfile, sent straight to the engine."""

    def __init__(self, repository: GitRepository, docker_host: str, write: WriteContext) -> None:
        self._repository = repository
        self._docker_host = docker_host
        self._write = write
        self._tag = f"bench:{uuid4().hex[:8]}"

    def build(self) -> float:
        """All that `docker build` takes."""
        return build_straight(
            self._repository.url, self._tag, docker_host=self._docker_host, write=self._write
        )

    def image(self) -> str:
        """The tag of the last build."""
        return self._tag

    def forget(self) -> None:
        """Remove the last build's image; older ones have lost their names."""
        with closing(docker.DockerClient(self._docker_host)) as engine:
            engine.images.remove(self._tag, force=True)
            engine.images.prune()


class Served:
    """An environment of the service."""

    def __init__(self, repository: GitRepository, client: Client) -> None:
        self._repository = repository
        self._client = client
        self._name = ""

    def build(self) -> float:
        """From the request until the environment can be launched."""
        began = perf_counter()
        if not self._name:
            added = self._client.add(self._repository.url)
            self._name, build = added["name"], added["last_build"]
        else:
            answer = self._client.post(f"api/environments/{self._name}/builds", {})
            assert answer.status_code == 202, answer.text
            build = answer.json()
        ended = self._client.ended(build["id"])
        seconds = perf_counter() - began
        assert ended["status"] == "built", ended["error"] + self._client.log(build["id"])
        return seconds

    def image(self) -> str:
        """The id of the current build's image."""
        image: str = self._client.environment(self._name)["current_build"]["image_id"]
        return image

    def forget(self) -> None:
        """Remove the environment with all its images."""
        assert self._client.delete(f"api/environments/{self._name}").status_code == 204
