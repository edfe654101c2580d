"""Which step of a build runs, as people are told: the right one, and not too often."""

from __future__ import annotations

import asyncio

import pytest

from tljh_envbuilder.builds.progress import INTERVAL, RunningStep, progress_of
from tljh_envbuilder.models.build import BuildProgress, Step, StepStatus


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("[ 7/23] RUN pip install x", (7, 23, "RUN pip install x")),
        ("[7/23] RUN pip install x", (7, 23, "RUN pip install x")),
        ("[stage-1 10/23] COPY . /srv", (10, 23, "COPY . /srv")),
        ("[builder  2/5] RUN make", (2, 5, "RUN make")),
        ("[linux/arm64 builder 2/5] RUN make", (2, 5, "RUN make")),
        ("[1/2 3/7] RUN make", (3, 7, "RUN make")),
        ("[2/2] RUN sh -c 'a\nb'", (2, 2, "RUN sh -c 'a\nb'")),
        ("[internal] load build context", (4, None, "[internal] load build context")),
        ("[linux/arm64] RUN make", (4, None, "[linux/arm64] RUN make")),
        ("exporting to image", (4, None, "exporting to image")),
        ("RUN test [1/2]", (4, None, "RUN test [1/2]")),
        ("[" + "9" * 30 + "/2] RUN", (4, None, "[" + "9" * 30 + "/2] RUN")),
        ("", (4, None, "")),
    ],
)
def test_the_name_of_a_step_tells_its_number_where_it_has_one(
    name: str, expected: tuple[int, int | None, str]
) -> None:
    step, total, words = expected
    assert progress_of(name, 4) == BuildProgress(step=step, total=total, name=words)


class Told:
    """What was told, when it was told."""

    def __init__(self) -> None:
        self.steps: list[BuildProgress | None] = []
        self.times: list[float] = []
        self.running = RunningStep(self._tell)

    def _tell(self) -> None:
        self.steps.append(self.running.current)
        self.times.append(asyncio.get_running_loop().time())

    def start(self, number: int, *, of: int = 9) -> None:
        self.running.saw(_step(number, of, StepStatus.RUNNING))

    def end(self, number: int, *, of: int = 9) -> None:
        self.running.saw(_step(number, of, StepStatus.DONE))


def _step(number: int, of: int, status: StepStatus) -> Step:
    return Step(id=str(number), name=f"[{number}/{of}] RUN {number}", status=status)


async def test_the_step_is_the_one_that_started_last_and_still_runs() -> None:
    told = Told()
    assert told.running.current is None
    told.start(1)
    told.start(2)
    assert told.running.current == BuildProgress(step=2, total=9, name="RUN 2")
    told.end(2)
    assert told.running.current == BuildProgress(step=1, total=9, name="RUN 1")
    told.end(1)
    assert told.running.current == BuildProgress(step=1, total=9, name="RUN 1")
    told.running.reset()
    assert told.running.current is None
    told.running.stop()


async def test_steps_without_numbers_are_counted_as_they_come() -> None:
    told = Told()
    for name in ["load", "resolve", "load"]:
        told.running.saw(Step(id=name, name=name, status=StepStatus.RUNNING))
    assert told.running.current == BuildProgress(step=1, total=None, name="load")
    told.running.stop()


async def test_a_step_that_was_cached_is_no_step_that_runs() -> None:
    told = Told()
    told.end(1)
    await asyncio.sleep(2 * INTERVAL)
    assert told.running.current is None
    assert told.steps == []


async def test_many_steps_are_told_a_few_times_a_second_and_the_last_always() -> None:
    told = Told()
    for number in range(1, 101):
        told.start(number, of=100)
        await asyncio.sleep(0.01)
        told.end(number, of=100)
    await asyncio.sleep(2 * INTERVAL)
    gaps = [later - earlier for earlier, later in zip(told.times, told.times[1:], strict=False)]
    assert len(told.times) >= 3
    assert min(gaps) >= INTERVAL - 0.01
    assert told.steps[-1] == BuildProgress(step=100, total=100, name="RUN 100")


async def test_what_is_told_with_something_else_is_not_told_again() -> None:
    told = Told()
    told.start(1)
    told.running.told()
    await asyncio.sleep(2 * INTERVAL)
    assert told.steps == []


async def test_nothing_is_told_once_the_run_is_over() -> None:
    told = Told()
    told.start(1)
    told.running.stop()
    await asyncio.sleep(2 * INTERVAL)
    assert told.steps == []
