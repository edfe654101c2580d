"""The classic builder of the real engine."""

from __future__ import annotations

from tests.engine.fixture_types import Build
from tests.engine.records import (
    CACHED,
    DONE,
    RUNNING,
    collect,
    states_of,
    text_of,
)


async def test_the_classic_builder_tells_the_same(
    build_classic: Build, base_image: str, unique: str
) -> None:
    dockerfile = f"FROM {base_image}\nRUN echo out; echo err >&2 # {unique}\n"

    first, second = (
        await collect(build_classic(dockerfile)),
        await collect(build_classic(dockerfile)),
    )

    assert states_of(first, "[2/2] RUN echo") == [RUNNING, DONE]
    assert "out\n" in text_of(first, stream="stdout")
    assert text_of(first, stream="stderr") == "err\n"
    assert states_of(second, "[2/2] RUN echo") == [RUNNING, CACHED]
