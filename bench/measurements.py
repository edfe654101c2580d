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
    """Several values of one thing: what was asked, in which case, of whom, and in which unit."""

    question: str
    case: str
    subject: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def percentile(self, share: float) -> float:
        """The value that this share of all values does not exceed."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Measurements:
    """The measurements of one run; writing them replaces those of the same questions."""

    def __init__(self) -> None:
        self._new: list[Measurement] = []

    def add(
        self, question: str, case: str, subject: str, values: Iterable[float], unit: str = "s"
    ) -> Measurement:
        """Take the values in, and print them."""
        measured = Measurement(question, case, subject, unit, tuple(values))
        self._new.append(measured)
        print(
            f"{question:20} {case:32} {subject:28} median {measured.median:10.4g} {unit:4}"
            f" ({len(measured.values)} values, {min(measured.values):.4g} to"
            f" {max(measured.values):.4g})",
            flush=True,
        )
        return measured

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
    rows = json.loads(FILE.read_text())
    return [Measurement(**{**row, "values": tuple(row["values"])}) for row in rows]
