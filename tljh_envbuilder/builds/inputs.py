"""All that decides what a build's image becomes, as one digest: equal inputs, equal image."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from tljh_envbuilder.builds.check import REQUIREMENTS
from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.models.build import Build


def digest_of(
    build: Build,
    context: FetchedContext,
    dockerfile: str,
    base_ids: Mapping[str, str | None],
) -> str:
    """The digest of one build's inputs; `base_ids` are those of the images that it starts from.

    The Dockerfile stands for the builder and for repo2docker's version, which made it.
    """
    inputs = {
        "repo_url": build.repo_url,
        "commit": context.commit,
        "builder": build.builder,
        "build_args": dict(context.build_args),
        "dockerfile": dockerfile,
        "base_ids": dict(base_ids),
        "requirements": REQUIREMENTS,
    }
    return sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
