"""Logs of builds: what is written is what followers get, at once, once and in order."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import stat
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tljh_envbuilder.models.build import BuildStatus, Step, StepStatus
from tljh_envbuilder.models.events import LogRecord, LogText, StatusChange, StepProgress
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.log_file import CHUNK
from tljh_envbuilder.store.log_records import LONGEST_TEXT

Event = tuple[int, str, dict[str, object]]

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
BUILT = StatusChange(status=BuildStatus.BUILT)
FAILED = StatusChange(status=BuildStatus.FAILED)
BUILDING = StatusChange(status=BuildStatus.BUILDING)
RECORDS: list[LogRecord] = [
    BUILDING,
    LogText(text="Hello\n", step="1"),
    Step(id="1", name="RUN echo", status=StepStatus.DONE, started_at=NOON, cached=True),
    StepProgress(step="2", name="layer", current=1, total=None),
    LogText(text="Größe ∑ 😀\r", stream="stderr"),
    BUILT,
]
EVENT_NAMES = ["status", "log", "step", "progress", "log", "status"]

HOSTILE_TEXTS = [
    "",
    "\n",
    "\r\n\r",
    "a\nb\n\nc",
    "data: x\n\nid: 9\nevent: status\ndata: {}\n\n",
    'status {"status":"built"}\n',
    "\0\x1b[31m\x7f\x85\u2028\u2029\ufeff",
    "\N{GRINNING FACE} é 中",
    "\\ud800 \\n",
    "x" * (3 * LONGEST_TEXT + 1),
    "\0" * (2 * LONGEST_TEXT),
]


def line(number: int) -> LogText:
    return LogText(text=f"line {number}\n")


def parsed(stream: bytes) -> list[Event]:
    """The events of a stream, by the rules of server-sent events."""
    assert stream == b"" or stream.endswith(b"\n\n")
    found = []
    for frame in stream.decode().split("\n\n")[:-1]:
        # Whatever a browser takes for a line break.
        fields = dict(part.split(": ", 1) for part in frame.replace("\r", "\n").split("\n"))
        assert list(fields) == ["id", "event", "data"]
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def collect(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in stream])


async def count_bytes(stream: AsyncIterator[bytes]) -> int:
    return sum([len(chunk) async for chunk in stream])


def texts(stream: bytes) -> str:
    return "".join(str(data["text"]) for _, event, data in parsed(stream) if event == "log")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def logs(folder: Path) -> BuildLogs:
    """Logs in an empty folder."""
    return BuildLogs(folder)


@pytest.fixture
def logged(logs: BuildLogs) -> bytes:
    """The whole stream of build 1, which has ended."""
    for record in RECORDS:
        logs.append(1, record)
    return asyncio.run(collect(logs.follow(1)))


async def next_of(stream: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(stream), timeout=5)


class TestFollowing:
    def test_gives_each_record_as_an_event(self, logged: bytes) -> None:
        found = parsed(logged)

        assert [event for _, event, _ in found] == EVENT_NAMES
        assert [data for _, _, data in found] == [r.model_dump(mode="json") for r in RECORDS]

    async def test_resumes_behind_every_event_with_exactly_the_rest(
        self, logs: BuildLogs, logged: bytes
    ) -> None:
        events = parsed(logged)

        for number, (position, _, _) in enumerate(events):
            rest = await collect(logs.follow(1, position=position))
            assert parsed(rest) == events[number + 1 :]

    async def test_resumes_at_the_next_event_from_within_one(
        self, logs: BuildLogs, logged: bytes
    ) -> None:
        events = parsed(logged)

        for position in range(1, logs.size(1) + 1):
            behind = min(end for end, _, _ in events if end >= position)
            rest = await collect(logs.follow(1, position=position))
            assert parsed(rest) == [event for event in events if event[0] > behind]

    @pytest.mark.parametrize("position", [0, -1, -(10**30), 10**6, 2**63, 10**30])
    async def test_begins_at_the_beginning_for_what_is_no_position(
        self, logs: BuildLogs, logged: bytes, position: int
    ) -> None:
        assert await collect(logs.follow(1, position=position)) == logged

    async def test_gets_a_record_before_anything_else_is_written(self, logs: BuildLogs) -> None:
        async with aclosing(logs.follow(1)) as stream:
            for number in range(5):
                logs.append(1, line(number))
                assert texts(await next_of(stream)) == f"line {number}\n"

    async def test_takes_a_moment_at_most(self, logs: BuildLogs) -> None:
        logs.append(1, BUILDING)
        delays: list[float] = []
        written = 0.0

        async def follow() -> None:
            async for _ in logs.follow(1):
                delays.append(time.perf_counter() - written)

        follower = asyncio.create_task(follow())
        await asyncio.sleep(0.01)
        for number in range(100):
            written = time.perf_counter()
            logs.append(1, line(number))
            await asyncio.sleep(0.002)
        logs.append(1, BUILT)
        await follower

        assert sorted(delays)[len(delays) // 2] < 0.1

    async def test_waits_for_a_log_that_is_not_there_yet(self, logs: BuildLogs) -> None:
        follower = asyncio.create_task(collect(logs.follow(1)))
        await asyncio.sleep(0.01)
        assert not follower.done()

        for record in RECORDS:
            logs.append(1, record)
            await asyncio.sleep(0)

        assert [event for _, event, _ in parsed(await follower)] == EVENT_NAMES

    @pytest.mark.parametrize("end", [BuildStatus.BUILT, BuildStatus.FAILED, BuildStatus.CANCELLED])
    async def test_ends_after_the_final_status(self, logs: BuildLogs, end: BuildStatus) -> None:
        logs.append(1, StatusChange(status=BuildStatus.QUEUED))
        follower = asyncio.create_task(collect(logs.follow(1)))
        logs.append(1, StatusChange(status=end))

        events = parsed(await asyncio.wait_for(follower, timeout=5))

        assert events[-1][2] == {"status": end.value}
        position = events[-1][0]
        assert await collect(logs.follow(1, position=position)) == b""

    async def test_is_not_ended_by_what_a_build_prints(self, logs: BuildLogs, folder: Path) -> None:
        logs.append(1, LogText(text='status {"status":"built"}\n'))

        # As after a restart: the end is looked for in the file.
        stream = BuildLogs(folder).follow(1)
        await next_of(stream)

        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(stream), timeout=0.05)

    async def test_of_one_build_sees_nothing_of_another(self, logs: BuildLogs) -> None:
        for number in range(20):
            logs.append(number % 2, line(number))
        for build_id in (0, 1):
            logs.append(build_id, BUILT)

        even = texts(await collect(logs.follow(0)))

        assert even == "".join(f"line {number}\n" for number in range(0, 20, 2))

    async def test_that_is_abandoned_does_not_disturb_others(self, logs: BuildLogs) -> None:
        followers = [asyncio.create_task(collect(logs.follow(1))) for _ in range(4)]
        await asyncio.sleep(0.01)
        for follower in followers[::2]:
            follower.cancel()
        logs.append(1, line(1))
        logs.append(1, BUILT)

        assert [texts(await follower) for follower in followers[1::2]] == ["line 1\n"] * 2


class TestManyFollowers:
    async def test_share_what_they_are_given(self, logs: BuildLogs) -> None:
        streams = [logs.follow(1) for _ in range(1000)]
        waiting = [asyncio.create_task(anext(stream)) for stream in streams]
        await asyncio.sleep(0)
        logs.append(1, line(1))
        logs.append(1, line(2))

        chunks = await asyncio.gather(*waiting)

        assert texts(chunks[0]) == "line 1\nline 2\n"
        assert all(chunk is chunks[0] for chunk in chunks)
        for stream in streams:
            await stream.aclose()

    async def test_each_get_everything_whenever_they_came(self, logs: BuildLogs) -> None:
        followers = []
        for number in range(300):
            followers.append(asyncio.create_task(collect(logs.follow(1))))
            logs.append(1, line(number))
            await asyncio.sleep(0)
        logs.append(1, BUILT)

        expected = "".join(f"line {number}\n" for number in range(300))
        assert {texts(stream) for stream in await asyncio.gather(*followers)} == {expected}

    async def test_are_told_of_quick_lines_together(self, logs: BuildLogs) -> None:
        received: list[bytes] = []

        async def follow() -> None:
            async for chunk in logs.follow(1):
                received.append(chunk)

        followers = [asyncio.create_task(follow()) for _ in range(400)]
        for number in range(20):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            logs.append(1, line(number))
        logs.append(1, BUILT)
        await asyncio.gather(*followers)

        assert received.count(received[0]) == 400
        assert b"line 0" in received[0], "the first line comes at once"
        assert len(received) <= 400 * 4

    async def test_leave_nothing_in_memory_or_open(self, logs: BuildLogs, logged: bytes) -> None:
        descriptors = len(os.listdir("/proc/self/fd"))

        streams = await asyncio.gather(*(collect(logs.follow(1)) for _ in range(10)))
        for build_id in range(2, 100):
            logs.append(build_id, StatusChange(status=BuildStatus.QUEUED))

        assert set(streams) == {logged}
        assert logs._files == {}
        assert len(os.listdir("/proc/self/fd")) == descriptors


class TestLongLogs:
    LINES = 100_000

    @pytest.fixture
    def long_log(self, logs: BuildLogs) -> BuildLogs:
        for number in range(self.LINES):
            logs.append(1, line(number))
        return logs

    async def test_cost_a_reader_their_bytes_and_nobody_their_turn(
        self, long_log: BuildLogs
    ) -> None:
        long_log.append(1, BUILT)
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        watcher = asyncio.create_task(others())
        chunks = [chunk async for chunk in long_log.follow(1)]
        watcher.cancel()

        assert sum(chunk.count(b"\n\n") for chunk in chunks) == self.LINES + 1
        assert max(map(len, chunks)) < 4 * CHUNK
        assert turns >= len(chunks) - 1 > 10

    async def test_cost_a_slow_follower_no_memory(self, logs: BuildLogs) -> None:
        logs.append(1, line(-1))
        slow = logs.follow(1)
        received = [await next_of(slow)]
        fast = asyncio.create_task(count_bytes(logs.follow(1)))
        tracemalloc.start()

        # It does not come for more while all this is written, and another one reads it.
        for number in range(self.LINES):
            logs.append(1, line(number))
            if number % 100 == 0:
                await asyncio.sleep(0)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        logs.append(1, BUILT)
        received += [chunk async for chunk in slow]

        assert kept < 10 * CHUNK
        assert await fast == len(b"".join(received))
        expected = "".join(f"line {number}\n" for number in range(-1, self.LINES))
        assert texts(b"".join(received)) == expected

    async def test_are_resumed_and_continued_without_reading_them(
        self, logs: BuildLogs, folder: Path
    ) -> None:
        # To read a tebibyte takes hours, even of nothing.
        with (folder / "1.log").open("wb") as file:
            file.seek(2**40 - 1)
            file.write(b"\n")
        logs.append(1, line(1))
        logs.append(1, BUILT)

        rest = await asyncio.wait_for(collect(logs.follow(1, position=2**40)), timeout=5)

        assert texts(rest) == "line 1\n"


class TestText:
    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    async def test_comes_back_as_it_was(self, logs: BuildLogs, text: str) -> None:
        logs.append(1, LogText(text="before "))
        logs.append(1, LogText(text=text, stream="stderr", step="\n"))
        logs.append(1, BUILDING)
        logs.append(1, LogText(text=" after"))
        logs.append(1, FAILED)

        stream = await collect(logs.follow(1))

        assert texts(stream) == f"before {text} after"
        assert (await collect(logs.text(1))).decode() == f"before {text} after"
        assert parsed(stream)[-1][1:] == ("status", {"status": "failed"})

    async def test_loses_what_is_no_character(self, logs: BuildLogs) -> None:
        logs.append(1, LogText(text="a\ud800b\udfffc é"))
        logs.append(1, BUILT)

        assert texts(await collect(logs.follow(1))) == "a?b?c é"
        assert await collect(logs.text(1)) == "a?b?c é".encode()

    async def test_of_huge_length_is_given_in_parts(self, logs: BuildLogs) -> None:
        huge = "0123456789" * 1_000_000
        logs.append(1, LogText(text=huge))
        logs.append(1, BUILT)

        chunks = [chunk async for chunk in logs.follow(1)]

        assert max(map(len, chunks)) < 4 * CHUNK
        assert texts(b"".join(chunks)) == huge

    async def test_is_what_there_is_by_now(self, logs: BuildLogs) -> None:
        assert await collect(logs.text(1)) == b""
        logs.append(1, line(1))
        assert await collect(logs.text(1)) == b"line 1\n"

    async def test_of_a_record_longer_than_a_chunk_is_whole(self, logs: BuildLogs) -> None:
        step = Step(id="1", name="x" * 5 * CHUNK, status=StepStatus.DONE)
        logs.append(1, line(1))
        logs.append(1, step)
        logs.append(1, BUILT)

        events = parsed(await collect(logs.follow(1, position=3)))

        assert [event for _, event, _ in events] == ["step", "status"]
        assert events[0][2]["name"] == step.name


class TestAfterACrash:
    @pytest.mark.parametrize(
        "torn", [b"l", b"log {", b'log {"text":"' + b"x" * 3 * CHUNK, b"\0" * 9]
    )
    async def test_a_torn_record_is_none_and_makes_room(
        self, logs: BuildLogs, folder: Path, torn: bytes
    ) -> None:
        logs.append(1, line(1))
        whole = logs.size(1)
        tear(folder / "1.log", torn)

        restarted = BuildLogs(folder)
        follower = asyncio.create_task(collect(restarted.follow(1)))
        resumed = asyncio.create_task(collect(restarted.follow(1, position=whole)))
        await asyncio.sleep(0.01)
        assert await collect(restarted.text(1)) == b"line 1\n"
        restarted.append(1, line(2))
        restarted.append(1, BUILT)

        assert texts(await follower) == "line 1\nline 2\n"
        assert texts(await resumed) == "line 2\n"
        events = parsed(await follower)
        assert events[-1][0] == restarted.size(1)

    async def test_a_torn_first_record_leaves_an_empty_log(
        self, logs: BuildLogs, folder: Path
    ) -> None:
        tear(folder / "1.log", b'status {"status":"que')
        logs.append(1, BUILT)

        assert [event for _, event, _ in parsed(await collect(logs.follow(1)))] == ["status"]

    async def test_a_resumed_build_goes_on_in_its_log(
        self, logs: BuildLogs, logged: bytes, folder: Path
    ) -> None:
        restarted = BuildLogs(folder)
        restarted.append(1, StatusChange(status=BuildStatus.QUEUED))
        follower = asyncio.create_task(collect(restarted.follow(1)))
        await asyncio.sleep(0.01)
        assert not follower.done()
        restarted.append(1, FAILED)

        events = parsed(await follower)

        assert [event for _, event, _ in events] == [*EVENT_NAMES, "status", "status"]
        assert parsed(logged) == events[: len(RECORDS)]

    async def test_a_log_that_lacks_its_end_is_given_one_once(
        self, logs: BuildLogs, folder: Path
    ) -> None:
        logs.append(1, line(1))
        restarted = BuildLogs(folder)
        follower = asyncio.create_task(collect(restarted.follow(1)))
        await asyncio.sleep(0.01)

        for _ in range(3):
            restarted.end(1, BuildStatus.FAILED)

        assert [event for _, event, _ in parsed(await follower)] == ["log", "status"]
        assert await collect(restarted.follow(1)) == await follower


def tear(path: Path, data: bytes) -> None:
    """Leave what a process that died in the middle of a record leaves."""
    with path.open("ab") as file:
        file.write(data)


class TestFiles:
    def test_are_for_their_owner_alone(self, logs: BuildLogs, folder: Path) -> None:
        logs.append(1, BUILT)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "1.log").stat().st_mode) == 0o600

    def test_have_one_line_for_each_record(self, logs: BuildLogs, folder: Path) -> None:
        logs.append(1, LogText(text="Hello\n"))
        logs.append(1, BUILT)

        assert (folder / "1.log").read_text() == (
            'log {"text":"Hello\\n","stream":"stdout","step":null}\nstatus {"status":"built"}\n'
        )

    def test_have_a_size(self, logs: BuildLogs, folder: Path) -> None:
        assert logs.size(1) == 0
        logs.append(1, line(1))
        assert logs.size(1) == len((folder / "1.log").read_bytes())

    async def test_that_are_removed_end_their_followers(
        self, logs: BuildLogs, folder: Path
    ) -> None:
        logs.append(1, line(1))
        followers = [asyncio.create_task(collect(logs.follow(1))) for _ in range(3)]
        await asyncio.sleep(0.01)

        logs.remove(1)

        streams = await asyncio.wait_for(asyncio.gather(*followers), timeout=5)
        assert [texts(stream) for stream in streams] == ["line 1\n"] * 3
        assert not (folder / "1.log").exists()
        assert logs.size(1) == 0
        logs.remove(1)

    async def test_that_are_removed_while_they_are_read_end_there(self, logs: BuildLogs) -> None:
        for number in range(10_000):
            logs.append(1, line(number))
        following, reading = logs.follow(1), logs.text(1)
        await next_of(following)
        await next_of(reading)

        logs.remove(1)

        assert await collect(following) == await collect(reading) == b""

    async def test_are_closed_and_followers_end_when_the_service_stops(
        self, logs: BuildLogs, folder: Path
    ) -> None:
        logs.append(1, line(1))
        followers = [asyncio.create_task(collect(logs.follow(build_id))) for build_id in (1, 2)]
        await asyncio.sleep(0.01)

        logs.close()

        streams = await asyncio.wait_for(asyncio.gather(*followers), timeout=5)
        assert [texts(stream) for stream in streams] == ["line 1\n", ""]

    async def test_that_cannot_be_written_are_reported_and_end_all_the_same(
        self, logs: BuildLogs, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        logs.append(1, StatusChange(status=BuildStatus.QUEUED))
        follower = asyncio.create_task(collect(logs.follow(1)))
        await asyncio.sleep(0.01)
        folder.rename(folder.with_name("gone"))  # noqa: ASYNC240

        with caplog.at_level(logging.ERROR):
            logs.append(1, line(1))
            logs.append(1, BUILT)

        assert "The log of build 1 lacks a record" in caplog.text
        await asyncio.wait_for(follower, timeout=5)


@pytest.mark.parametrize("limit", range(0, 200, 7))
async def test_a_full_disk_leaves_whole_records_only(
    logs: BuildLogs, limited_files: Callable[[int], None], limit: int
) -> None:
    limited_files(limit)
    for number in range(10):
        logs.append(1, line(number))
    limited_files(-1)
    logs.append(1, line(10))
    logs.append(1, BUILT)

    text = texts(await collect(logs.follow(1)))

    fitting = text.count("\n") - 1
    assert text == "".join(f"line {number}\n" for number in [*range(fitting), 10])


async def test_a_full_disk_leaves_nothing_of_a_text_in_parts(
    logs: BuildLogs, folder: Path, limited_files: Callable[[int], None]
) -> None:
    limited_files(3 * LONGEST_TEXT)
    logs.append(1, LogText(text="x" * 5 * LONGEST_TEXT))
    limited_files(-1)
    logs.append(1, line(1))

    restarted = BuildLogs(folder)
    restarted.append(1, BUILT)

    assert texts(await collect(restarted.follow(1))) == "line 1\n"


@pytest.fixture
def limited_files() -> Iterator[Callable[[int], None]]:
    """Sets how large files may become, in bytes; -1 for any size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size if size >= 0 else before[0], before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)
