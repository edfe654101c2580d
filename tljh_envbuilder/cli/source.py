"""What a person names as the thing to build: a folder of theirs, or a repository's address."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.local import LocalRequest
from tljh_envbuilder.cli.folder import make_repository, origin_of, place_of
from tljh_envbuilder.errors import InvalidRequest, NotFound
from tljh_envbuilder.models.repository import parse_repo_url, scheme_of
from tljh_envbuilder.models.types import EnvironmentName, GitRef


@asynccontextmanager
async def request_for(
    source: str, *, ref: str | None, name: str | None, fetcher: Fetcher
) -> AsyncIterator[LocalRequest]:
    """What to build, for as long as the block lasts, readable for the fetcher and nobody else.

    Raises NotFound for what is not there, InvalidRequest for what nothing can be called,
    FetchFailed where git cannot read a folder.
    """
    if name is not None and not _is(EnvironmentName, name):
        raise InvalidRequest(
            f"'{name}' cannot be a name: it has up to 63 lower-case letters, digits and hyphens."
        )
    path = _folder(source)
    if path is None:
        yield _of_address(source, ref=ref, name=name)
        return
    place = await place_of(path)
    with TemporaryDirectory(prefix="tljh-envbuilder-", dir="/var/tmp") as folder:
        repository = Path(folder, "repository.git")
        commit = await make_repository(path, place, repository, ref)
        await asyncio.to_thread(fetcher.hand_over, Path(folder))
        yield LocalRequest(
            name=name or name_of(path.name),
            repo_url=f"file://{repository}",
            source=await origin_of(path, place),
            ref=commit,
        )


def name_of(address: str) -> str:
    """The name for a repository: the last part of its address, as images can be called."""
    last = address.rstrip("/").rpartition("/")[2].removesuffix(".git").lower()
    return re.sub(r"[^a-z0-9]+", "-", last).strip("-")[:63].rstrip("-") or "environment"


def _folder(source: str) -> Path | None:
    path = os.path.expanduser(source)
    return Path(path).resolve() if os.path.isdir(path) else None


def _of_address(address: str, *, ref: str | None, name: str | None) -> LocalRequest:
    if "://" not in address and "@" not in address:
        raise NotFound(f"There is no folder {address}, and it is no address of a repository.")
    try:
        url = parse_repo_url(address)
    except ValueError as error:
        raise InvalidRequest(f"The repository's address {error}.") from None
    if ref and not _is(GitRef, ref):
        raise InvalidRequest(f"'{ref}' is no branch, tag or commit of a repository.")
    # Where somebody's files are on this machine is not to be told to whoever gets the image.
    source = "" if scheme_of(url) == "file" else url
    return LocalRequest(name=name or name_of(url), repo_url=url, source=source, ref=ref or "HEAD")


def _is(kind: Any, value: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
