"""Getting the files of a Dockerfile repository to where every image has them."""

from __future__ import annotations

import re

from tljh_envbuilder.fetch.messages import REPO_DIR


def with_repository(dockerfile: str) -> str:
    """Let a Dockerfile end with copying the repository, unless it knows that folder itself."""
    if REPO_DIR in dockerfile:
        return dockerfile
    backtick = re.match(r"(\s*#.*\n)*\s*#\s*escape\s*=\s*`", dockerfile, re.IGNORECASE)
    lines = dockerfile.split("\n")
    while lines and re.fullmatch(r"\s*(#.*)?", lines[-1]):
        lines.pop()
    if lines:
        # An instruction that ends with a continuation would swallow the one that follows.
        lines[-1] = lines[-1].rstrip().rstrip("`" if backtick else "\\")
    return "\n".join([*lines, f"COPY . {REPO_DIR}", ""])
