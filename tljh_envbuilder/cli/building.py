"""Building at the terminal, and the engine that it happens on."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.local import LocalBuilder, LocalImage, LocalRequest
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.cli.options import console
from tljh_envbuilder.cli.source import request_for
from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import PushRefused
from tljh_envbuilder.models.build import BuildStatus, RegistryImage
from tljh_envbuilder.models.repository import KNOWN_SCHEMES


@asynccontextmanager
async def open_engine(address: str) -> AsyncIterator[DockerEngine]:
    """The engine, with this user's own logins for registries."""
    logins = Path.home() / ".docker/config.json"
    engine = DockerEngine(docker_host=address, registry_config=str(logins) * logins.is_file())
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
) -> LocalImage:
    """Build a folder or a repository, with the steps on the terminal."""
    with request_for(source, ref=ref, name=name) as request:
        request = replace(request, builder=builder, build_args=dict(build_args or {}))
        return await _build(engine, request, no_cache)


async def _build(engine: DockerEngine, request: LocalRequest, no_cache: bool) -> LocalImage:
    with TemporaryDirectory(prefix="tljh-envbuilder-", dir="/var/tmp") as work_dir:
        fetcher = Fetcher(
            Path(work_dir),
            work_dir=work_dir,
            ready_worker=False,
            ssh_agent=os.geteuid() != 0 and "SSH_AUTH_SOCK" in os.environ,
        )
        # Whoever can read a file here may build it.
        fetcher.sources = Sources(allowed_schemes=set(KNOWN_SCHEMES))
        await fetcher.check()
        with StepDisplay(console) as display:
            builder = LocalBuilder(engine=engine, fetcher=fetcher)
            return await builder.build(request, display, no_cache=no_cache)


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
            hint = f"Log in with `docker login {refusal.registry}`."
            raise PushRefused(f"{refusal.message} {hint}", registry=refusal.registry) from None
    return f"{name}:{tag}"
