"""Building images with the real engine, by BuildKit and by the classic builder."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import LABEL, MakeContext
from tests.engine.records import collect, collect_until_failure, states_of, text_of
from tljh_envbuilder.engine.build import build_image
from tljh_envbuilder.engine.connection import Connection
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ImageBuildFailed
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText

RUNNING = (StepStatus.RUNNING, False)
DONE = (StepStatus.DONE, False)
CACHED = (StepStatus.DONE, True)
FAILED = (StepStatus.FAILED, False)

Build = Callable[..., AsyncIterator[Any]]


@pytest.fixture
def build(engine: DockerEngine, tag: str, make_context: MakeContext) -> Build:
    """Build a Dockerfile, with files beside it, by BuildKit."""

    def start(dockerfile: str, **options: Any) -> AsyncIterator[Any]:
        context = make_context({"Dockerfile": dockerfile, "hello.txt": "hello\n"})
        defaults: dict[str, Any] = {"build_args": {}, "labels": {LABEL: tag}}
        return engine.build(context, tag=tag, dockerfile="Dockerfile", **defaults | options)

    return start


@pytest.fixture
async def build_classic(
    docker_host: str, tag: str, make_context: MakeContext
) -> AsyncIterator[Build]:
    """Build a Dockerfile by the classic builder."""
    connection = Connection(docker_host, connect_timeout=10)

    def start(dockerfile: str) -> AsyncIterator[Any]:
        return build_image(
            connection,
            make_context({"Dockerfile": dockerfile}),
            tag=tag,
            dockerfile="Dockerfile",
            build_args={},
            labels={},
            builder="1",
        )

    yield start
    await connection.close()


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
    assert 0.2 <= (ended.finished_at - ended.started_at).total_seconds() < 60
    assert ended.started_at.utcoffset() is not None


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
            "FROM scratch\nARG WORD\nENV WORD=$WORD\nWORKDIR /here\nCOPY hello.txt /\nUSER me\n",
            build_args={"WORD": "a & b=c, é"},
            labels={"org.example.label": 'with "quotes" & spaces'},
        )
    )

    image = await engine.image(tag)
    assert image is not None
    assert image.env["WORD"] == "a & b=c, é"
    assert image.labels == {"org.example.label": 'with "quotes" & spaces'}
    assert (image.user, image.working_dir, image.tags) == ("me", "/here", (tag,))
    assert image.size >= len("hello\n")


async def test_a_failing_step_is_named_with_its_exit_code(build: Build, base_image: str) -> None:
    records = build(f"FROM {base_image}\nRUN echo oh no && exit 3\n")

    with pytest.raises(ImageBuildFailed) as failed:
        await collect(records)

    assert failed.value.message == "Step '[2/2] RUN echo oh no && exit 3' failed with exit code 3."
    assert failed.value.step == "[2/2] RUN echo oh no && exit 3"


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

    assert states_of(records, "sleep 300") == [RUNNING, (StepStatus.CANCELLED, False)]


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


async def test_closing_the_generator_stops_the_step(
    build: Build, base_image: str, docker_host: str
) -> None:
    if not docker_host.startswith("unix://"):
        pytest.skip("the processes of an engine elsewhere cannot be seen from here")
    seconds = f"{random.randint(10_000, 99_999)}.5"
    records = build(f"FROM {base_image}\nRUN echo asleep; exec sleep {seconds}\n")
    async for record in records:
        if isinstance(record, LogText) and "asleep" in record.text:
            break
    await until(lambda: runs("sleep", seconds), seconds=5)

    await records.aclose()  # type: ignore[attr-defined]

    await until(lambda: not runs("sleep", seconds), seconds=1)


async def test_cancelling_the_task_stops_the_step(
    build: Build, base_image: str, docker_host: str
) -> None:
    if not docker_host.startswith("unix://"):
        pytest.skip("the processes of an engine elsewhere cannot be seen from here")
    seconds = f"{random.randint(10_000, 99_999)}.5"
    task = asyncio.create_task(collect(build(f"FROM {base_image}\nRUN exec sleep {seconds}\n")))
    await until(lambda: runs("sleep", seconds), seconds=30)

    task.cancel()

    await until(lambda: not runs("sleep", seconds), seconds=1)
    assert task.cancelled()


async def test_characters_split_over_messages_stay_whole(
    build: Build, base_image: str, unique: str
) -> None:
    command = r"printf 'caf\303'; sleep 0.5; printf '\251\n'"
    records = await collect(build(f"FROM {base_image}\nRUN {command} # {unique}\n"))

    pieces = [r.text for r in records if isinstance(r, LogText) and r.step is not None]
    assert pieces == ["caf", "é\n"]


async def test_bytes_that_are_no_text_do_not_break_a_build(
    build: Build, base_image: str, unique: str
) -> None:
    records = await collect(build(f"FROM {base_image}\nRUN printf 'a\\377b\\303' # {unique}\n"))

    assert text_of(records).startswith("a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}")


async def test_output_faster_than_buildkit_takes_it_does_not_break_a_build(
    build: Build, base_image: str, unique: str
) -> None:
    records = await collect(build(f"FROM {base_image}\nRUN seq 1000000 # {unique}\n"))

    assert states_of(records, "RUN seq") == [RUNNING, DONE]
    assert "[output clipped" in text_of(records)


async def test_a_log_of_100000_lines_is_whole_and_never_kept(
    build_classic: Build, base_image: str, unique: str
) -> None:
    line = "~" * 80
    records = build_classic(f"FROM {base_image}\nRUN yes {line} | head -n 100000 # {unique}\n")
    written = 0
    tracemalloc.start()
    async for record in records:
        if isinstance(record, LogText):
            written += record.text.count("~")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert written == 100_000 * len(line)
    assert peak < 2_000_000, f"{written} bytes went by"


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


def runs(*arguments: str) -> bool:
    """Whether a process with these arguments runs on this machine."""
    wanted = b"\0".join(argument.encode() for argument in arguments) + b"\0"
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == wanted:
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


async def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until it is so, or fail."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"not so within {seconds} s"
        await asyncio.sleep(0.02)
