"""The build context, written to a tar file as it is read.

The format is GNU: BuildKit takes a tar with PAX headers for a Dockerfile. It decides by the first
1024 bytes, so that the first entry must have a short name: it is always the root folder. Owners,
modes, times and order depend on nothing but the commit.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from docker.utils.build import exclude_paths
from repo2docker.engine import ContainerEngine

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.copying import with_repository
from tljh_envbuilder.fetch.messages import ContextEvent

MAX_DOCKERFILE_SIZE = 2**20


class ContextEngine(ContainerEngine):
    """A container engine that keeps the context instead of building it.

    The buildpack that calls it sets `buildpack`, the fetch `commit` and `time`.
    """

    buildpack: str
    commit: str
    time: int
    context: ContextEvent | None = None

    def __init__(self, *, parent: Any, path: Path) -> None:
        super().__init__(parent=parent)
        self._path = path

    def inspect_image(self, image: str) -> None:
        """No image exists yet."""

    def build(
        self,
        *,
        path: str,
        dockerfile: str,
        buildargs: dict[str, str] | None = None,
        labels: dict[str, str] | None = None,
        **_: Any,
    ) -> Iterator[str]:
        """Write the context of a repository that has a Dockerfile, and say what is in it."""
        root = Path(path)
        # Its own name, where links lead to it: what is added later must be a real file.
        name = str((root / dockerfile).resolve().relative_to(root.resolve()))
        text = with_repository(_read_dockerfile(root / name))
        with _open_tar(self._path, self.time) as tar:
            _add_folder(root, tar, name, self.time)
        yield self._say(name, text, buildargs or {}, labels or {})

    def write_context(
        self,
        root: Path,
        dockerfile: str,
        *,
        prefix: str,
        added: Mapping[str, bytes],
        executable: Collection[str],
        ignored: list[str],
        build_args: Mapping[str, str],
        labels: Mapping[str, str],
    ) -> Iterator[str]:
        """Write the context of a folder below `prefix`, file by file, and what is added beside it.

        What is in the folder may be larger than the memory; what is added is not. `executable`
        has names in the context.
        """
        with _open_tar(self._path, self.time) as tar:
            _add_files(root, tar, self.time, ignored, prefix=prefix, executable=executable)
            for name in _folders(added):
                folder = tarfile.TarInfo(name)
                folder.type = tarfile.DIRTYPE
                _add(tar, folder, None, self.time)
            for name, content in sorted(added.items()):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                entry.mode = 0o755 if name in executable else 0o644
                _add(tar, entry, io.BytesIO(content), self.time)
        yield self._say("Dockerfile", dockerfile, build_args, labels)

    def _say(
        self, name: str, text: str, build_args: Mapping[str, str], labels: Mapping[str, str]
    ) -> str:
        self.context = ContextEvent(
            commit=self.commit,
            buildpack=self.buildpack,
            dockerfile_name=name,
            dockerfile=text,
            build_args=dict(build_args),
            labels=dict(labels),
        )
        return f"The build context has {self._path.stat().st_size / 2**20:.1f} MiB.\n"


def ignore_patterns(folder: Path, names: Iterable[str]) -> list[str]:
    """The lines of the ignore files of these names that there are."""
    patterns = []
    for name in names:
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
            patterns += [line.strip() for line in lines if line.strip() and line[0] != "#"]
    return patterns


def _read_dockerfile(path: Path) -> str:
    if path.stat().st_size > MAX_DOCKERFILE_SIZE:
        raise FetchFailed("The Dockerfile is larger than 1 MiB: that cannot be meant.")
    return path.read_text(encoding="utf-8")


@contextmanager
def _open_tar(path: Path, time: int) -> Iterator[tarfile.TarFile]:
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        root = tarfile.TarInfo(".")
        root.type = tarfile.DIRTYPE
        _add(tar, root, None, time)
        yield tar


def _add_folder(root: Path, tar: tarfile.TarFile, dockerfile: str, time: int) -> None:
    """Add what the ignore file leaves, but not the Dockerfile."""
    candidates = (f"{dockerfile}.dockerignore", ".containerignore", ".dockerignore")
    # The one that Docker or Podman would use for this Dockerfile.
    ignore_file = next((name for name in candidates if (root / name).is_file()), None)
    ignored = ignore_patterns(root, [ignore_file] if ignore_file else [])
    _add_files(root, tar, time, ignored, dockerfile=dockerfile)


def _add_files(
    root: Path,
    tar: tarfile.TarFile,
    time: int,
    ignored: list[str],
    *,
    dockerfile: str | None = None,
    prefix: str = "",
    executable: Collection[str] = (),
) -> None:
    """Add what is not ignored, and not the Dockerfile; scripts become executable."""
    if prefix:
        folder = tarfile.TarInfo(prefix)
        folder.type = tarfile.DIRTYPE
        _add(tar, folder, None, time)
    for name in sorted(exclude_paths(str(root), ignored, dockerfile=dockerfile)):
        if name == dockerfile:
            continue
        entry = tar.gettarinfo(root / name, arcname=prefix + name)
        if prefix + name in executable:
            entry.mode |= 0o100
        if entry.isreg():
            with (root / name).open("rb") as content:
                _add(tar, entry, content, time)
        else:
            _add(tar, entry, None, time)


def _folders(names: Iterable[str]) -> list[str]:
    """All folders that the names are in, each before what is in it."""
    found = {parent.as_posix() for name in names for parent in PurePosixPath(name).parents}
    return sorted(found - {"."})


def _add(
    tar: tarfile.TarFile, entry: tarfile.TarInfo, content: IO[bytes] | None, time: int
) -> None:
    """Add a file, folder or link as git knows it: of all modes, git keeps the executable bit.

    Submodules have a file `.git`, which says where on this machine they were fetched.
    """
    if ".git" in entry.name.split("/") or not (entry.isreg() or entry.isdir() or entry.issym()):
        return
    executable = entry.isdir() or entry.issym() or entry.mode & 0o100
    entry.mode = 0o755 if executable else 0o644
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = time
    tar.addfile(entry, content)
