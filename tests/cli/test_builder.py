"""Which builder a build at the terminal asks for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tljh_envbuilder.cli import building
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import FetchFailed


class _Engine:
    """One that answers."""

    async def info(self) -> None:
        pass


class _Fetcher:
    """Says what it was asked for, and comes to nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        self.sources = SimpleNamespace()

    async def check(self) -> None:
        pass

    def hand_over(self, _: Path) -> None:
        pass

    async def fetch(self, _: int, *, builder: str, **__: Any) -> None:
        raise FetchFailed(builder)


@pytest.mark.parametrize(
    ("asked", "builder"), [({}, "auto"), ({"builder": "repo2docker"}, "repo2docker")]
)
async def test_a_build_is_by_the_builder_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: dict[str, str], builder: str
) -> None:
    monkeypatch.setattr(building, "Fetcher", _Fetcher)
    with pytest.raises(FetchFailed, match=builder):
        await building.build_source(cast(DockerEngine, _Engine()), str(tmp_path), **asked)
