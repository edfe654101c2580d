"""How a build by the real engine fails, and in which words."""

from __future__ import annotations

import pytest

from tests.engine.fixture_types import Build
from tests.engine.records import (
    CANCELLED,
    FAILED,
    RUNNING,
    collect,
    collect_until_failure,
    states_of,
)
from tljh_envbuilder.errors import ImageBuildFailed


async def test_a_failing_step_is_named_with_its_exit_code(build: Build, base_image: str) -> None:
    records = build(f"FROM {base_image}\nRUN echo oh no && exit 3\n")

    with pytest.raises(ImageBuildFailed) as failed:
        await collect(records)

    assert failed.value.message == "Step '[2/2] RUN echo oh no && exit 3' failed with exit code 3."


async def test_a_failing_step_ends_as_failed(build: Build, base_image: str, unique: str) -> None:
    records = await collect_until_failure(build(f"FROM {base_image}\nRUN exit 3 # {unique}\n"))

    assert states_of(records, "RUN exit") == [RUNNING, FAILED]


async def test_a_stage_that_another_one_takes_down_is_cancelled(
    build: Build, base_image: str, unique: str
) -> None:
    records = await collect_until_failure(
        build(
            f"FROM {base_image} AS other\nRUN sleep 300 # {unique}\n"
            f"FROM {base_image}\nRUN sleep 1; exit 1 # {unique}\nCOPY --from=other / /other\n"
        )
    )

    assert states_of(records, "sleep 300") == [RUNNING, CANCELLED]


@pytest.mark.parametrize(
    ("dockerfile", "message"),
    [
        (
            "FROM scratch\nCOPY nosuch /\n",
            """Step '[1/1] COPY nosuch /' failed: "/nosuch" not found.""",
        ),
        (
            "FROM scratch\nFETCH x\n",
            "The image could not be built: dockerfile parse error line 2:"
            " unknown instruction: FETCH.",
        ),
    ],
)
async def test_a_failure_without_exit_code_says_why(
    build: Build, dockerfile: str, message: str
) -> None:
    with pytest.raises(ImageBuildFailed) as failed:
        await collect(build(dockerfile))

    assert failed.value.message.lower().replace("on line", "line") == message.lower()


async def test_an_unknown_base_is_named(build: Build) -> None:
    with pytest.raises(ImageBuildFailed, match=r"base image '127\.0\.0\.1:9/nosuch:1' is not on"):
        await collect(build("FROM 127.0.0.1:9/nosuch:1\nRUN true\n"))


@pytest.mark.parametrize(
    ("dockerfile", "message"),
    [
        ("FROM {base}\nRUN exit 3\n", "Step '[2/2] RUN exit 3' failed with exit code 3."),
        ("FETCH x\n", "The image could not be built: dockerfile parse error line 1: unknown"),
    ],
)
async def test_the_classic_builder_fails_in_the_same_words(
    build_classic: Build, base_image: str, dockerfile: str, message: str
) -> None:
    with pytest.raises(ImageBuildFailed) as failed:
        await collect(build_classic(dockerfile.format(base=base_image)))

    assert failed.value.message.startswith(message)
