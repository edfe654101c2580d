"""Much output, and output that is no text."""

from __future__ import annotations

import tracemalloc

from tests.engine.fixture_types import Build
from tests.engine.records import (
    DONE,
    RUNNING,
    collect,
    states_of,
    text_of,
)
from tljh_envbuilder.models.events import LogText


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
