"""repo2docker's own rendering of a repository with requirements, without conda.

Its conda base comes from anaconda.org, which not every machine reaches. In its place a virtual
environment is made with pip, which has the same Jupyter as the others that are compared; all else,
from the locales to the entry point, is what repo2docker renders.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from repo2docker.buildpacks import PythonBuildPack
from repo2docker.buildpacks.base import BaseImage
from repo2docker.engine import ContainerEngine

from bench.pip_dockerfile import JUPYTER
from bench.straight import BUILD_ARGS

SCRIPT = f"""\
#!/bin/bash
set -ex
mkdir -p ${{CONDA_DIR}}
python3 -m venv ${{NB_PYTHON_PREFIX}}
${{NB_PYTHON_PREFIX}}/bin/pip install --no-cache-dir {JUPYTER}
chown -R ${{NB_USER}}:${{NB_USER}} ${{CONDA_DIR}}
"""


class PipPath(PythonBuildPack):
    """The Python buildpack with another base environment."""

    script: Path

    @lru_cache  # noqa: B019, as repo2docker has it
    def get_build_script_files(self) -> dict[str, str]:
        """The script that makes the base environment, and what all buildpacks have."""
        return {
            str(self.script): "/tmp/install-base-env.bash",
            **BaseImage.get_build_script_files(self),
        }

    @lru_cache  # noqa: B019
    def get_build_env(self) -> list[tuple[str, str]]:
        """Where things are, as in the conda buildpack."""
        return [
            *BaseImage.get_build_env(self),
            ("CONDA_DIR", "${APP_BASE}/conda"),
            ("NB_PYTHON_PREFIX", "${CONDA_DIR}/envs/notebook"),
            ("NPM_DIR", "${APP_BASE}/npm"),
            ("KERNEL_PYTHON_PREFIX", "${NB_PYTHON_PREFIX}"),
        ]


class _ContextFile(ContainerEngine):
    """Keeps what would be built."""

    def __init__(self, context: Path) -> None:
        super().__init__(parent=None)
        self._context = context

    def build(self, *, fileobj: Any, **_: Any) -> Iterator[str]:
        """Write the context."""
        self._context.write_bytes(fileobj.read())
        yield ""


class Repo2dockerPip:
    """Renders a checkout."""

    def __init__(self, base_image: str) -> None:
        self._base_image = base_image

    def __call__(self, checkout: Path, context: Path) -> None:
        """As repo2docker does, in the folder of the checkout."""
        buildpack = PipPath(self._base_image)
        # Its path is a part of the Dockerfile.
        buildpack.script = Path(tempfile.gettempdir(), "bench-install-base-env.bash")
        buildpack.script.write_text(SCRIPT)
        buildpack.script.chmod(0o755)
        os.utime(buildpack.script, (0, 0))
        with _inside(checkout):
            for path in checkout.rglob("*"):
                os.utime(path, (0, 0), follow_symlinks=False)
            for _ in buildpack.build(_ContextFile(context), "", 0, dict(BUILD_ARGS), [], {}):
                pass


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Buildpacks look at the working directory."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
