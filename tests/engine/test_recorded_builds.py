"""Builds by engines that are not here: Podman, other sizes, broken connections."""

from __future__ import annotations

import asyncio
import base64
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.fixture_types import MakeContext
from tests.engine.recorded_engine import RecordedEngine, message
from tests.engine.records import collect, states_of, text_of
from tljh_envbuilder.engine.buildkit import StatusResponse
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import EngineUnavailable, ImageBuildFailed
from tljh_envbuilder.models.build import StepStatus
from tljh_envbuilder.models.events import LogText

BUILT = message(id="moby.image.id", aux={"ID": "sha256:abc"})

# Podman 4.3.1, `POST /build?version=2`
PODMAN = [
    message(stream="STEP 1/3: FROM localhost/base:1\n"),
    message(stream="STEP 2/3: RUN echo hello\n"),
    message(stream="hello\n"),
    message(stream="--> 3064707137b\n"),
    message(stream="STEP 3/3: COPY x /x\n"),
    message(stream="--> Using cache d678565d6d0aa89db572c260211969bb\n"),
    message(stream="COMMIT docker.io/library/example:1\n"),
    message(stream="--> d678565d6d0\n"),
    message(stream="Successfully tagged docker.io/library/example:1\n"),
    message(stream="d678565d6d0aa89db572c260211969bb\n"),
    message(aux={"ID": "sha256:d678565d6d0aa89db572c260211969bb"}),
    message(stream="Successfully built d678565d6d0a\n"),
    message(stream="Successfully tagged example:1\n"),
]


@asynccontextmanager
async def building(
    recorded: RecordedEngine, make_context: MakeContext, folder: Path
) -> AsyncIterator[AsyncIterator[Any]]:
    """Build on an engine that answers from its record."""
    async with recorded.serve(folder) as address:
        engine = DockerEngine(docker_host=address)
        context = make_context({"Dockerfile": "FROM scratch\n"})
        yield engine.build(
            context, tag="example:1", dockerfile="Dockerfile", build_args={}, labels={}
        )
        await engine.close()


def trace(response: Any) -> bytes:
    """A message of BuildKit's trace."""
    aux = base64.b64encode(response.SerializeToString()).decode()
    return message(id="moby.buildkit.trace", aux=aux)


def log(data: bytes, *, stream: int = 1) -> bytes:
    """A message of BuildKit's trace with some output."""
    response = StatusResponse()
    response.logs.add(vertex="sha256:0123456789abcdef", stream=stream, msg=data)
    return trace(response)


async def test_podmans_answer_becomes_steps(make_context: MakeContext, tmp_path: Path) -> None:
    recorded = RecordedEngine(*PODMAN)

    async with building(recorded, make_context, tmp_path) as records:
        collected = await collect(records)

    running, done = (StepStatus.RUNNING, False), (StepStatus.DONE, False)
    assert states_of(collected, "[1/3] FROM localhost/base:1") == [running, done]
    assert states_of(collected, "[2/3] RUN echo hello") == [running, done]
    assert states_of(collected, "[3/3] COPY x /x") == [running, (StepStatus.DONE, True)]
    assert [r.step for r in collected if isinstance(r, LogText) and r.text == "hello\n"] == ["2"]


async def test_podmans_stages_are_told_apart(make_context: MakeContext, tmp_path: Path) -> None:
    lines = [
        "[1/2] STEP 1/1: FROM a AS one\n",
        "[2/2] STEP 1/1: FROM b\n",
        "Successfully built 1\n",
    ]
    recorded = RecordedEngine(*(message(stream=line) for line in lines))

    async with building(recorded, make_context, tmp_path) as records:
        collected = await collect(records)

    assert {r.id: r.name for r in collected if not isinstance(r, LogText)} == {
        "1": "[1/2 1/1] FROM a AS one",
        "2": "[2/2 1/1] FROM b",
    }


@pytest.mark.parametrize(
    ("step", "reason", "sentence"),
    [
        (
            "STEP 2/2: RUN exit 3\n",
            'building at STEP "RUN exit 3": while running runtime: exit status 3\n',
            "Step '[2/2] RUN exit 3' failed with exit code 3.",
        ),
        (
            "[1/2] STEP 1/2: FROM localhost/nosuch:1 AS base\n",
            "creating build container: initializing source docker://localhost/nosuch:1: refused\n",
            "The base image 'localhost/nosuch:1' is not on the engine and could not be pulled:"
            " initializing source docker://localhost/nosuch:1: refused.",
        ),
    ],
)
async def test_podmans_failure_is_one_sentence(
    make_context: MakeContext, tmp_path: Path, step: str, reason: str, sentence: str
) -> None:
    recorded = RecordedEngine(message(stream=step), message(error=reason))

    async with building(recorded, make_context, tmp_path) as records:
        with pytest.raises(ImageBuildFailed) as failed:
            await collect(records)

    assert failed.value.message == sentence


async def test_a_record_is_there_as_soon_as_its_bytes_are(
    make_context: MakeContext, tmp_path: Path
) -> None:
    lines = [log(f"line {number}\n".encode()) for number in range(100)]
    recorded = RecordedEngine(*lines, BUILT, pause=0.005)

    async with building(recorded, make_context, tmp_path) as records:
        # How many lines had been sent when each record was there.
        sent = [len(recorded.sent_at) async for _ in records]
    behind = [more - number for number, more in enumerate(sent, start=1)]

    assert len(behind) == len(lines)
    assert statistics.median(behind) <= 2


def loop_time() -> float:
    """The time by the clock of `RecordedEngine.sent_at`."""
    return asyncio.get_running_loop().time()


async def test_a_message_may_be_longer_than_any_buffer(
    make_context: MakeContext, tmp_path: Path
) -> None:
    recorded = RecordedEngine(log(b"x" * 5_000_000), BUILT)

    async with building(recorded, make_context, tmp_path) as records:
        assert text_of(await collect(records)) == "x" * 5_000_000


async def test_a_message_may_arrive_in_pieces(make_context: MakeContext, tmp_path: Path) -> None:
    whole = log(b"hello\n") + BUILT.rstrip()  # without its line end
    recorded = RecordedEngine(*(whole[at : at + 7] for at in range(0, len(whole), 7)))

    async with building(recorded, make_context, tmp_path) as records:
        assert text_of(await collect(records)) == "hello\n"


async def test_characters_are_put_together_for_each_stream_by_itself(
    make_context: MakeContext, tmp_path: Path
) -> None:
    recorded = RecordedEngine(
        log(b"\xe2\x82"), log(b"\xc3", stream=2), log(b"\xac"), log(b"\xa9", stream=2), BUILT
    )

    async with building(recorded, make_context, tmp_path) as records:
        collected = await collect(records)

    assert [(r.stream, r.text) for r in collected] == [("stdout", "€"), ("stderr", "é")]


async def test_the_context_is_sent_as_it_is(make_context: MakeContext, tmp_path: Path) -> None:
    recorded = RecordedEngine(BUILT)
    context = make_context({"big": b"\0" * 3_000_000, "Dockerfile": "FROM scratch\n"})

    async with recorded.serve(tmp_path) as address:
        engine = DockerEngine(docker_host=address)
        await collect(
            engine.build(context, tag="a:1", dockerfile="Dockerfile", build_args={}, labels={})
        )
        await engine.close()

    assert recorded.received == context.read_bytes()
    assert "version=2" in recorded.request


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            'process "/bin/sh -c pip install nosuch" did not complete successfully: exit code: 1',
            "Step '[3/4] RUN pip install nosuch' failed with exit code 1.",
        ),
        (
            "executor failed running [/bin/sh -c pip install nosuch]: exit code: 137",
            "Step '[3/4] RUN pip install nosuch' was killed (exit code 137),"
            " most often for want of memory.",
        ),
        (
            "failed to calculate checksum of ref moby::abc: failed to walk /var: no space left.",
            "Step '[3/4] RUN pip install nosuch' failed: failed to walk /var: no space left.",
        ),
    ],
)
async def test_a_reason_is_freed_of_its_wrapping(
    make_context: MakeContext, tmp_path: Path, reason: str, sentence: str
) -> None:
    response = StatusResponse()
    vertex = response.vertexes.add(
        digest="sha256:0123456789abcdef", name="[3/4] RUN pip install nosuch", error=reason
    )
    vertex.started.seconds = vertex.completed.seconds = 1_700_000_000
    recorded = RecordedEngine(trace(response), message(error=f"failed to solve: {reason}"))

    async with building(recorded, make_context, tmp_path) as records:
        with pytest.raises(ImageBuildFailed) as failed:
            await collect(records)

    assert failed.value.message == sentence


async def test_a_base_whose_registry_asks_for_a_login_is_named(
    make_context: MakeContext, tmp_path: Path
) -> None:
    reason = "failed to authorize: rpc error: code = Unknown desc = no active sessions"
    response = StatusResponse()
    vertex = response.vertexes.add(
        digest="sha256:0123456789abcdef",
        name="[internal] load metadata for docker.io/library/python:3",
        error=reason,
    )
    vertex.started.seconds = vertex.completed.seconds = 1_700_000_000
    recorded = RecordedEngine(trace(response), message(error=reason))

    async with building(recorded, make_context, tmp_path) as records:
        with pytest.raises(ImageBuildFailed) as failed:
            await collect(records)

    assert failed.value.message == (
        "The base image 'docker.io/library/python:3' is not on the engine and could not be pulled:"
        " its registry asks for a login."
    )


async def test_a_warning_is_part_of_the_log(make_context: MakeContext, tmp_path: Path) -> None:
    response = StatusResponse()
    response.warnings.add(vertex="sha256:0123456789abcdef", short=b"MAINTAINER is deprecated")
    recorded = RecordedEngine(trace(response), BUILT)

    async with building(recorded, make_context, tmp_path) as records:
        assert text_of(await collect(records)) == "Warning: MAINTAINER is deprecated\n"


async def test_an_engine_that_goes_away_during_a_build_is_unavailable(
    make_context: MakeContext, tmp_path: Path
) -> None:
    recorded = RecordedEngine(log(b"hello\n"), breaks_off=True)

    async with building(recorded, make_context, tmp_path) as records:
        assert text_of([await records.__anext__()]) == "hello\n"
        with pytest.raises(EngineUnavailable, match="is Docker running"):
            await collect(records)


async def test_an_answer_without_a_result_is_not_taken_for_success(
    make_context: MakeContext, tmp_path: Path
) -> None:
    recorded = RecordedEngine(message(stream="Step 1/1 : FROM scratch"))

    async with building(recorded, make_context, tmp_path) as records:
        with pytest.raises(ImageBuildFailed, match="without saying why"):
            await collect(records)
