"""A build's steps in the terminal, whether it runs here or in the service."""

from __future__ import annotations

from collections import defaultdict, deque
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from tljh_envbuilder.cli.terminal import without_controls
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import BuildStatus, Step, StepStatus
from tljh_envbuilder.models.events import LogRecord, LogText, StatusChange, StepProgress

if TYPE_CHECKING:
    from typing_extensions import Self

#: Lines of output shown below a step that runs, and kept for one that fails.
SHOWN, KEPT = 6, 300
#: Characters of a line that does not end.
LONGEST = 10_000

_HEADINGS = {
    BuildStatus.QUEUED: "Waiting in the queue",
    BuildStatus.FETCHING: "Fetching the repository",
    BuildStatus.PULLING: "Pulling what the image starts from",
    BuildStatus.BUILDING: "Building",
    BuildStatus.CHECKING: "Checking that servers can run from the image",
    BuildStatus.PUSHING: "Pushing",
}
_MARKS = {
    StepStatus.DONE: ("✔", "green"),
    StepStatus.FAILED: ("✘", "bold red"),
    StepStatus.CANCELLED: ("–", "yellow"),  # noqa: RUF001
}


class StepDisplay:
    """Shows what runs while it runs, with its last output; what has ended becomes a line.

    Where nobody watches (a file, a pipe), all output is written as it comes.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live = Live(self, console=console, transient=True, auto_refresh=console.is_terminal)
        self._status: BuildStatus | None = None
        self._running: dict[str, Step] = {}
        self._progress: dict[str, StepProgress] = {}
        self._ended: set[str] = set()
        self._begun: dict[str, str] = {}
        self._output: dict[str | None, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        """Show lines of our own."""
        for line in text.strip("\n").splitlines():
            self._line(Text("  ").append_text(_as_text(line)))

    async def add(self, record: LogRecord) -> None:
        """As `show`; what the engine says comes this way."""
        self.show(record)

    async def status(self, status: BuildStatus) -> None:
        """Show a heading for what begins now."""
        self.show(StatusChange(status=status))

    def show(self, record: LogRecord) -> None:
        """Show what a record of the build's log says."""
        if isinstance(record, StatusChange):
            self._begin(record.status)
        elif isinstance(record, StepProgress):
            self._progress[record.step] = record
        elif isinstance(record, Step):
            self._step(record)
        else:
            self._text(record)

    def _begin(self, status: BuildStatus) -> None:
        if status is not self._status and status in _HEADINGS:
            self._line(Text(_HEADINGS[status], style="bold"))
        self._status = status

    def _text(self, record: LogText) -> None:
        if record.step is None or record.step not in self._running:
            self.say(record.text)
            return
        # What comes may end within a line.
        whole, end, begun = (self._begun.pop(record.step, "") + record.text).rpartition("\n")
        if begun:
            self._begun[record.step] = begun[-LONGEST:]
        self._put(record.step, whole + end)

    def _put(self, step: str, text: str) -> None:
        self._output[step].extend(text.splitlines())
        if not self.console.is_terminal:
            self.say(text)

    def _step(self, step: Step) -> None:
        if step.status is StepStatus.RUNNING:
            self._running[step.id] = step
            self._ended.discard(step.id)
            return
        if step.id in self._ended:
            return  # its size is known now
        self._ended.add(step.id)
        self._running.pop(step.id, None)
        self._progress.pop(step.id, None)
        self._put(step.id, self._begun.pop(step.id, ""))
        output = self._output.pop(step.id, ())
        if step.status is StepStatus.FAILED and self.console.is_terminal:
            self.say("\n".join(output))
        mark, style = _MARKS[step.status]
        self._line(Text.assemble((f"{mark} ", style), _name(step), (_took(step), "dim")))

    def _line(self, text: Text) -> None:
        self.console.print(text, soft_wrap=not self.console.is_terminal)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What runs now."""
        yield Group(*(line for step in self._running.values() for line in self._lines(step)))

    def _lines(self, step: Step) -> list[Spinner | Text]:
        text = Text.assemble(_name(step), (_took(step), "dim"))
        if progress := self._progress.get(step.id):
            text.append(f"  {_amount(progress)}", style="cyan")
        begun = self._begun.get(step.id, "").splitlines()
        last = [*self._output.get(step.id, ()), *begun][-SHOWN:]
        output = [Text("  ").append_text(_as_text(line)) for line in last]
        for line in output:
            line.stylize("dim")
            line.truncate(self.console.width, overflow="ellipsis")
        return [Spinner("dots", text), *output]


def _as_text(line: str) -> Text:
    """Output with its colours, and none of the other things that terminals can be told."""
    return Text.from_ansi(without_controls(line.rsplit("\r", 1)[-1], keep_colours=True))


def _name(step: Step) -> Text:
    return Text(without_controls(" ".join(step.name.split())))


def _took(step: Step) -> str:
    if step.cached:
        return "  cached"
    if step.started_at is None:
        return ""
    seconds = ((step.finished_at or utc_now()) - step.started_at).total_seconds()
    minutes, rest = divmod(max(seconds, 0), 60)
    return f"  {minutes:.0f} min {rest:.0f} s" if minutes else f"  {rest:.1f} s"


def _amount(progress: StepProgress) -> str:
    done = f"{progress.current / 2**20:.1f}"
    total = f" of {progress.total / 2**20:.1f}" if progress.total else ""
    return f"{without_controls(progress.name)} {done}{total} MiB"
