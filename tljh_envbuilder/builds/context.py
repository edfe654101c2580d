"""The build context: a tar file to which the Dockerfile is added last."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path


def add_dockerfile(context: Path, name: str, text: str) -> None:
    """Append the Dockerfile to the tar file.

    The format must be GNU: BuildKit looks at the first 1024 bytes only, and takes a tar that
    begins with a PAX header for a Dockerfile. The times are constant, as the engine's cache
    compares the files' metadata too.
    """
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o644
    with tarfile.open(context, "a", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(entry, io.BytesIO(content))
