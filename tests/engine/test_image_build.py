"""What a build by the real engine, with BuildKit, tells and makes."""

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
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.build import Step
from tljh_envbuilder.models.events import LogText


async def test_a_build_tells_its_steps_and_their_output(
    build: Build, base_image: str, unique: str
) -> None:
    records = await collect(build(f"FROM {base_image}\nRUN echo out {unique}; echo err >&2\n"))

    assert states_of(records, "RUN echo") == [RUNNING, DONE]
    assert text_of(records, stream="stdout").startswith(f"out {unique}\n")
    assert text_of(records, stream="stderr") == "err\n"
    (step,) = {record.id for record in records if isinstance(record, Step) and "RUN" in record.name}
    assert {record.step for record in records if isinstance(record, LogText)} - {None} == {step}


async def test_steps_have_aware_times(build: Build, base_image: str, unique: str) -> None:
    records = await collect(build(f"FROM {base_image}\nRUN sleep 0.2 # {unique}\n"))

    ended = next(r for r in records if isinstance(r, Step) and "RUN" in r.name and r.finished_at)
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert ended.started_at.utcoffset() is not None
    assert 0.2 <= (ended.finished_at - ended.started_at).total_seconds() < 60


async def test_the_same_build_is_cached_the_second_time(
    build: Build, base_image: str, unique: str
) -> None:
    dockerfile = f"FROM {base_image}\nRUN echo {unique}\n"
    await collect(build(dockerfile))

    assert states_of(await collect(build(dockerfile)), "RUN echo") == [CACHED]


async def test_a_build_without_cache_runs_each_step_again(
    build: Build, base_image: str, unique: str
) -> None:
    dockerfile = f"FROM {base_image}\nRUN echo {unique}\n"
    await collect(build(dockerfile))

    records = await collect(build(dockerfile, no_cache=True))

    assert states_of(records, "RUN echo") == [RUNNING, DONE]


async def test_no_step_is_cached_after_it_has_run_in_the_same_build(
    build: Build, base_image: str, unique: str
) -> None:
    records = await collect(build(f"FROM {base_image}\nCOPY hello.txt /{unique}\n"))

    assert states_of(records, "load remote build context") == [RUNNING, DONE]


async def test_a_dockerfile_may_use_what_only_buildkit_knows(
    build: Build, base_image: str, unique: str
) -> None:
    records = await collect(
        build(
            f"FROM {base_image}\n"
            f"COPY --chmod=751 hello.txt /{unique}\n"
            f"RUN --mount=type=cache,target=/cache stat -c %a /{unique} && touch /cache/x\n"
        )
    )

    assert text_of(records).startswith("751\n")


async def test_labels_and_build_args_reach_the_image(
    engine: DockerEngine, build: Build, tag: str
) -> None:
    await collect(
        build(
            "FROM scratch\nARG WORD\nENV WORD=$WORD\nCOPY hello.txt /\n",
            build_args={"WORD": "a & b=c, é"},
            labels={"org.example.label": 'with "quotes" & spaces'},
        )
    )

    image = await engine.image(tag)
    assert image is not None
    assert any("WORD=a & b=c, é" in layer.created_by for layer in await engine.layers(tag))
    assert image.labels == {"org.example.label": 'with "quotes" & spaces'}
    assert image.tags == (tag,)
    assert image.size >= len("hello\n")
