"""What a build shows is text, whatever a repository has put into it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.cli.terminal import without_controls
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Step, StepStatus
from tljh_envbuilder.models.events import LogText, StepProgress

# A title, an empty screen, a reset, and the same in the form of one character.
ORDERS = "\x1b]0;title\x07\x1b[2J\x1bc\x9b2J\x08"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_no_order_to_the_terminal_gets_through(is_terminal: bool) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=is_terminal, width=80, emoji=False)
    name = f"{ORDERS}[1/2] RUN \x1b[31mmake"
    step = Step(id="1", name=name, status=StepStatus.RUNNING, started_at=utc_now())
    with StepDisplay(console) as display:
        display.show(step)
        display.show(StepProgress(step="1", name=f"{ORDERS}layer", current=1))
        display.show(LogText(text=f"{ORDERS}\x1b[32mgreen\n", step="1"))
        console.print(display)
        display.show(step.model_copy(update={"status": StepStatus.FAILED}))
    shown = output.getvalue()
    for order in ("title", "\x1b[2J", "\x1b]", "\x1bc", "\x9b", "\x07", "\x08"):
        assert order not in shown
    assert "RUN make" in shown
    assert "layer" in shown
    assert ("\x1b[32mgreen" in shown) is is_terminal, "colours stay"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_lines_that_come_in_pieces_are_shown_as_lines(is_terminal: bool) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=is_terminal, width=80, emoji=False)
    step = Step(id="1", name="RUN make", status=StepStatus.RUNNING, started_at=utc_now())
    with StepDisplay(console) as display:
        display.show(step)
        for piece in ("Checked ", "4 packages\nand the", " rest"):
            display.show(LogText(text=piece, step="1"))
        display.show(step.model_copy(update={"status": StepStatus.FAILED}))
    lines = [line.strip() for line in Text.from_ansi(output.getvalue()).plain.splitlines()]
    assert [line for line in lines if line in {"Checked 4 packages", "and the rest"}] == [
        "Checked 4 packages",
        "and the rest",
    ]


def test_a_step_is_shown_once_for_each_time_that_it_runs() -> None:
    output = io.StringIO()
    running = Step(id="1", name="RUN make", status=StepStatus.RUNNING, started_at=utc_now())
    done = running.model_copy(update={"status": StepStatus.DONE})
    with StepDisplay(Console(file=output, width=80)) as display:
        for step in (running, done, done.model_copy(update={"size": 7}), running, done):
            display.show(step)
    assert output.getvalue().count("RUN make") == 2


def test_a_sentence_keeps_its_lines() -> None:
    assert without_controls(f"It said:\n{ORDERS}\tno") == "It said:\nc2J\tno"
