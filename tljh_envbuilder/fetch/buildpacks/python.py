"""Repositories that pip can satisfy: uv installs what they require into a virtual environment."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from repo2docker.buildpacks import BaseImage

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.apt import apt_packages
from tljh_envbuilder.fetch.buildpacks.requirements import MOUNTED, Installation, installation
from tljh_envbuilder.fetch.buildpacks.versions import PythonVersion, python_version
from tljh_envbuilder.fetch.context import ContextEngine, ignore_patterns
from tljh_envbuilder.fetch.messages import PythonSettings

#: Where packages are installed, beside the list of what was installed.
ENVIRONMENT = "/srv/environment"

#: Known to understand all that is used of it here; from PyPI, like everything else.
UV = "uv==0.13.8"

_SCRIPTS = ("uv", "prepare", "compiler", "finish")
_FIXED_ARGS = frozenset({"NB_USER", "NB_UID", "REPO_DIR"})


class PythonBuildPack(BaseImage):
    """requirements.txt, pyproject.toml, locks and Pipfiles; the rest as in repo2docker.

    What names nothing at all gets JupyterLab alone.
    """

    settings: PythonSettings

    #: How builds call it; repo2docker has one of the same name.
    reported_name = "PythonBuildPack (uv)"

    def detect(self) -> bool:
        """Whether no other language is asked for, nor a Python that is long gone."""
        name, version, _ = self.runtime
        return name is None or (name == "python" and not str(version or "3").startswith("2"))

    def render(self, build_args: Mapping[str, str] | None = None) -> str:
        """The Dockerfile for the repository in the working directory."""
        return self._render(build_args or {}, self._installation())

    def build(
        self,
        client: ContextEngine,
        image_spec: str,
        memory_limit: int,
        build_args: dict[str, str],
        cache_from: list[str],
        extra_build_kwargs: dict[str, Any],
        platform: str | None = None,
    ) -> Iterator[str]:
        """Have the context written: the repository from the disk, and what else is needed."""
        plan, python = self._installation(), self._python()
        why = f"{python.asked_by} asks for it" if python.asked_by else "no file asks for another"
        self.log.info("Python %s is used: %s.\n", python.version, why)
        requirements = {f"requirements/{name}": content for name, content in plan.files.items()}
        scripts = _scripts()
        yield from client.write_context(
            Path(),
            self._render(build_args, plan),
            prefix="src/",
            added=requirements | scripts,
            executable={*scripts, *(f"src/{name}" for name in self._own_scripts())},
            ignored=ignore_patterns(self._folder, (".dockerignore", ".containerignore")),
            build_args=build_args,
            labels=self.get_labels(),
        )

    @property
    def _folder(self) -> Path:
        """Where the files are that describe the environment."""
        try:
            return Path(self.binder_dir)
        except RuntimeError as error:
            raise FetchFailed(str(error)) from None

    def _script(self, name: str) -> str | None:
        path = self._folder / name
        return path.as_posix() if path.is_file() else None

    def _own_scripts(self) -> list[str]:
        return [name for name in map(self._script, ("postBuild", "start")) if name]

    def _installation(self) -> Installation:
        return installation(self._folder, self.settings.jupyter)

    def _python(self) -> PythonVersion:
        return python_version(self._folder, self.runtime[1], self.settings.versions)

    def _render(self, build_args: Mapping[str, str], plan: Installation) -> str:
        python = self._python()
        packages = set(apt_packages(self._folder / "apt.txt"))
        if plan.needs_git:
            packages.add("git")
        settings = self.settings
        base_image = settings.image.format(version=python.version)
        return _template().render(
            base_image=base_image,
            version=python.version,
            environment=ENVIRONMENT,
            uv_requirement=UV,
            jupyter=shlex.join(settings.jupyter),
            index_option=_index_option(settings.package_index),
            package_index=settings.package_index,
            apt_packages=sorted(packages),
            build_args=sorted(build_args.keys() - _FIXED_ARGS),
            early=plan.early,
            late=plan.late,
            uid=build_args.get("NB_UID", "1000"),
            repo_dir=build_args.get("REPO_DIR", "/srv/repo"),
            post_build=self._script("postBuild"),
            start=self._script("start"),
            files_digest=_digest(plan.files | _scripts()),
            **_mounts(base_image, is_shared=settings.share_packages, has_files=bool(plan.files)),
        )


def _scripts() -> dict[str, bytes]:
    """Scripts of the build steps, by their names in the context."""
    folder = files(__package__) / "scripts"
    return {f"envbuilder/{name}": (folder / name).read_bytes() for name in _SCRIPTS}


def _template() -> jinja2.Template:
    text = (files(__package__) / "python.Dockerfile.jinja").read_text()
    # Names and paths for a Dockerfile, not for a page.
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["quoted"] = shlex.quote
    return environment.from_string(text)


def _index_option(address: str) -> str:
    return f"--index-url {shlex.quote(address)} " if address else ""


def _digest(contents: Mapping[str, bytes]) -> str:
    """Changes when what is made of the repository's files does, whoever made it."""
    digest = sha256()
    for name in sorted(contents):
        digest.update(f"{name} {len(contents[name])}\n".encode() + contents[name])
    return digest.hexdigest()[:16]


def _mounts(base_image: str, *, is_shared: bool, has_files: bool) -> dict[str, str]:
    """Mounts of the steps: uv itself, what decides, and what builds share."""
    tool = "--mount=type=bind,from=uv,source=/opt/uv,target=/opt/uv"
    requirements = f"--mount=type=bind,source=requirements,target={MOUNTED}"
    mounts = {
        "mount_uv": f"{tool} ",
        "mount_requirements": f"{requirements} " if has_files else "",
        "mount_cache": "",
        "mount_pip": "",
        "mount_apt": "",
        "clean_apt": " \\\n && apt-get clean && rm -rf /var/lib/apt/lists/*",
    }
    if is_shared:
        debian = re.sub(r"[^A-Za-z0-9]+", "-", base_image)
        apt = f"--mount=type=cache,id=tljh-envbuilder-apt-{debian}"
        mounts |= {
            "mount_cache": "--mount=type=cache,id=tljh-envbuilder-uv,target=/var/cache/uv,"
            "uid=1000,gid=1000 ",
            "mount_pip": "--mount=type=cache,id=tljh-envbuilder-pip,target=/root/.cache/pip ",
            "mount_apt": f"{apt}-archives,target=/var/cache/apt,sharing=locked "
            f"{apt}-lists,target=/var/lib/apt/lists,sharing=locked ",
            "clean_apt": "",
        }
    return mounts
