"""What was measured; kept in a file that the page in the documentation is made of."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

#: All that was measured last, question by question.
FILE = Path(__file__).resolve().parent.parent / "docs" / "performance.json"


@dataclass(frozen=True)
class Measurement:
    """What several values of one thing come to: in which case, of whom, and in which unit."""

    question: str
    case: str
    subject: str
    unit: str
    count: int
    median: float
    #: What 99 in 100 values do not exceed.
    p99: float


class Measurements:
    """The measurements of one run; writing them replaces those of the same questions."""

    def __init__(self) -> None:
        self._new: list[Measurement] = []

    def add(
        self, question: str, case: str, subject: str, values: Iterable[float], unit: str = "s"
    ) -> None:
        """Take the values in, and print them."""
        ordered = sorted(values)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        measured = Measurement(
            question, case, subject, unit, len(ordered), statistics.median(ordered), p99
        )
        self._new.append(measured)
        print(
            f"{question:20} {case:36} {subject:26} median {measured.median:8.4g} {unit:5}"
            f" p99 {p99:8.4g} ({len(ordered)} values)",
            flush=True,
        )

    def write(self) -> None:
        """Put them into the file."""
        answered = {each.question for each in self._new}
        kept = [each for each in read() if each.question not in answered]
        rows = [asdict(each) for each in kept + self._new]
        lines = ",\n".join(json.dumps(row) for row in rows)
        FILE.write_text(f"[\n{lines}\n]\n")


def read() -> list[Measurement]:
    """All measurements in the file."""
    if not FILE.exists():
        return []
    return [Measurement(**row) for row in json.loads(FILE.read_text())]
