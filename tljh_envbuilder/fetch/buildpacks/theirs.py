"""The contexts of repo2docker's own buildpacks, which make them in memory, file by file instead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repo2docker.buildpacks import base

from tljh_envbuilder.fetch.context import ContextEngine, ignore_patterns

_SCRIPTS = ("repo2docker-entrypoint", "python3-login")


def stream(buildpack: Any, client: ContextEngine, build_args: dict[str, str]) -> Iterator[str]:
    """Do what `BuildPack.build` does, without the repository in memory."""
    sources = {name: Path(base.HERE, name) for name in _SCRIPTS}
    for name in buildpack.get_build_script_files():
        in_context, path = buildpack.generate_build_context_filename(name)
        sources[in_context] = Path(path)
    yield from client.write_context(
        Path(),
        buildpack.render(build_args),
        prefix="src/",
        added={name: path.read_bytes() for name, path in sources.items()},
        executable={name for name, path in sources.items() if os.access(path, os.X_OK)},
        ignored=ignore_patterns(Path(buildpack.binder_dir), (".dockerignore", ".containerignore")),
        build_args=build_args,
        labels=buildpack.get_labels(),
    )
