"""The smallest image that can run steps, for engines that have no other."""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile


def shell_image() -> bytes:
    """A file system with a shell and what it needs, as a tar file to import."""
    programs = ["/bin/sh", "/bin/sleep", "/bin/cat"]
    needed = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    libraries = set(re.findall(r"(/\S+\.so\S*) \(", needed))
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", dereference=True) as tar:
        for path in [*programs, *libraries]:
            tar.add(os.path.realpath(path), arcname=path.lstrip("/"))
    return content.getvalue()
