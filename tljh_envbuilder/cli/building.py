"""Building at the terminal, and the engine that it happens on."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.local import LocalBuilder, LocalImage
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.cli.logins import own_login
from tljh_envbuilder.cli.options import console
from tljh_envbuilder.cli.source import request_for
from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import InvalidRequest, PushRefused
from tljh_envbuilder.models.build import BuildStatus, RegistryImage
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.models.repository import KNOWN_SCHEMES

#: What images are called that are built at the terminal.
NAMES = ImageNames()


@asynccontextmanager
async def open_engine(address: str) -> AsyncIterator[DockerEngine]:
    """The engine, with this user's own logins for registries."""
    engine = DockerEngine(docker_host=address, own_login=own_login)
    try:
        yield engine
    finally:
        await engine.close()


async def build_source(
    engine: DockerEngine,
    source: str,
    *,
    ref: str | None = None,
    name: str | None = None,
    builder: str = "auto",
    build_args: Mapping[str, str] | None = None,
    no_cache: bool = False,
    is_kept: bool = True,
) -> LocalImage:
    """Build a folder or a repository, with the steps on the terminal.

    An image that is not kept is gone with the next one of its name; see LocalRequest.
    """
    with TemporaryDirectory(prefix="tljh-envbuilder-", dir="/var/tmp") as work_dir:
        fetcher = _fetcher(work_dir)
        async with request_for(source, ref=ref, name=name, fetcher=fetcher) as request:
            await fetcher.check()
            request = replace(
                request, builder=builder, build_args=dict(build_args or {}), is_kept=is_kept
            )
            with StepDisplay(console) as display:
                local = LocalBuilder(engine=engine, fetcher=fetcher, names=NAMES)
                return await local.build(request, display, no_cache=no_cache)


def _fetcher(work_dir: str) -> Fetcher:
    return Fetcher(
        Path(work_dir),
        # Whoever can read a file here may build it.
        sources=Sources(allowed_schemes=set(KNOWN_SCHEMES)),
        python=PythonEnvironments(),
        work_dir=work_dir,
        ready_worker=False,
        ssh_agent=os.geteuid() != 0 and "SSH_AUTH_SOCK" in os.environ,
        # Limits are there to protect others. Who waits here can press Ctrl-C.
        max_repository_size=sys.maxsize,
        timeout=math.inf,
    )


def require_registry(registry: str) -> None:
    """Raises InvalidRequest for what cannot be a registry, or a namespace of one."""
    if parse_reference(f"{registry.rstrip('/')}/x:x") is None:
        raise InvalidRequest(
            f"'{registry}' is no registry that images can be pushed to: write it in lower case and "
            "without https://, such as ghcr.io/my-group."
        )


async def push_built(engine: DockerEngine, built: LocalImage, registry: str) -> str:
    """Push the image into a registry, or a namespace of it; returns its name there."""
    repository, _, tag = built.name.rpartition(":")
    name = f"{registry.rstrip('/')}/{repository.rpartition('/')[2]}"
    await engine.tag_image(built.image.id, f"{name}:{tag}")
    with StepDisplay(console) as display:
        await display.status(BuildStatus.PUSHING)
        try:
            async for record in engine.push(name, tag, step="push"):
                if not isinstance(record, RegistryImage):
                    display.show(record)
        except PushRefused as refusal:
            hint = f"Log in with `docker login {refusal.registry}`, or `podman login`."
            raise PushRefused(f"{refusal.message} {hint}", registry=refusal.registry) from None
    return f"{name}:{tag}"
