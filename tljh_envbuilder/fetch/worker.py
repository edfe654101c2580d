"""repo2docker up to the point where it would call a container engine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import BuildPack, PipfileBuildPack
from repo2docker.buildpacks import PythonBuildPack as TheirPythonBuildPack

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.python import PythonBuildPack
from tljh_envbuilder.fetch.buildpacks.theirs import stream
from tljh_envbuilder.fetch.checkout import commit_of, refuse_links_out, remove_git_folder
from tljh_envbuilder.fetch.context import ContextEngine
from tljh_envbuilder.fetch.git import GitRepository
from tljh_envbuilder.fetch.login import logged_in
from tljh_envbuilder.fetch.messages import (
    CONTEXT_NAME,
    NO_REPOSITORY,
    REPO_DIR,
    ContextEvent,
    FetchRequest,
)
from tljh_envbuilder.models.environment import Builder

#: User of the images that repo2docker's own buildpacks make.
USER_NAME = "jovyan"
USER_ID = 1000

_RESERVED_ARGS = frozenset({"NB_USER", "NB_UID", "REPO_DIR"})


def make_context(request: FetchRequest) -> ContextEvent:
    """Fetch the repository and leave its context in the working directory."""
    reserved = sorted(_RESERVED_ARGS & request.build_args.keys())
    if reserved:
        raise FetchFailed(f"The build argument {reserved[0]} is set by this service: remove it.")
    application = _Repo2Context(
        request,
        repo=request.repo_url,
        ref=request.ref,
        extra_build_args=request.build_args,
        content_providers=[
            type("GitRepository", (GitRepository,), {"allowed_hosts": request.allowed_hosts})
        ],
        git_workdir="checkout",
        json_logs=True,  # content providers then hand over their output instead of printing it
        output_image_spec=CONTEXT_NAME,
        run=False,
        target_repo_dir=REPO_DIR,
        user_id=USER_ID,
        user_name=USER_NAME,
    )
    application.build()
    context = application.context_engine.context
    if context is None:
        raise FetchFailed("repo2docker made no build context of this repository.")
    return context


class _Repo2Context(Repo2Docker):
    """repo2docker with our engine; what it fetches is made safe before a buildpack looks at it."""

    buildpacks: list[type]
    default_buildpack: type

    def __init__(self, request: FetchRequest, **settings: Any) -> None:
        super().__init__(**settings)
        self.request = request
        if request.builder is Builder.AUTO:
            self._prefer(type("PythonBuildPack", (PythonBuildPack,), {"settings": request.python}))
        self.log = logging.getLogger("repo2docker")
        self.buildpacks = [_introduced(buildpack) for buildpack in self.buildpacks]
        self.default_buildpack = _introduced(self.default_buildpack)
        self.context_engine = ContextEngine(parent=self, path=Path(CONTEXT_NAME).absolute())

    def _prefer(self, ours: type) -> None:
        """Put our buildpack before those that it stands in for."""
        place = min(map(self.buildpacks.index, (PipfileBuildPack, TheirPythonBuildPack)))
        self.buildpacks = [*self.buildpacks[:place], ours, *self.buildpacks[place:]]
        self.default_buildpack = ours

    def get_engine(self) -> ContextEngine:
        """The engine that keeps the context."""
        return self.context_engine

    def fetch(self, url: str, ref: str, checkout_path: str) -> None:
        """Fetch, resolve the ref, and leave nothing but the repository's own files."""
        if url == NO_REPOSITORY:
            Path(checkout_path).mkdir()
            self.context_engine.commit, self.context_engine.time = "0" * 40, 0
            return
        with logged_in(self.request):
            super().fetch(url, ref, checkout_path)
        checkout = Path(checkout_path)
        commit, time = commit_of(checkout)
        self.context_engine.commit, self.context_engine.time = commit, time
        self.labels = {"repo2docker.ref": commit}
        remove_git_folder(checkout)
        refuse_links_out(checkout)


def _introduced(buildpack: Any) -> type:
    """The buildpack, which now tells our engine its name when it calls it."""

    name = getattr(buildpack, "reported_name", buildpack.__name__)
    # A legacy one, which only refuses, has no method to build.
    in_memory = getattr(buildpack, "build", None) is BuildPack.build

    def build(
        self: Any, client: ContextEngine, image: str, memory: int, args: Any, *more: Any, **kw: Any
    ) -> Iterator[str]:
        client.buildpack = name
        if in_memory:
            return stream(self, client, args)
        return buildpack.build(self, client, image, memory, args, *more, **kw)  # type: ignore[no-any-return]

    return type(buildpack.__name__, (buildpack,), {"build": build})
