"""Puts what was measured into docs/performance.md: `python -m bench.page`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bench.measurements import FILE, Measurement, read

PAGE = FILE.with_suffix(".md")

#: With fewer values, what 99 in 100 do not exceed is the largest one, and says little.
ENOUGH = 20


def table(measurements: Sequence[Measurement]) -> str:
    """One question's measurements, each with its ratio to the first one that it compares with.

    That is the first subject of its case, or, where there is one subject alone, the first case.
    """
    has_tail = any(each.count > ENOUGH for each in measurements)
    head = ["", "", "median", *(["p99"] if has_tail else []), "values", "ratio"]
    rows = [head, ["---", "---", *["---:"] * (len(head) - 2)]]
    for each, ratio in zip(measurements, _ratios(measurements), strict=True):
        tail = [_number(each.p99, each.unit) if each.count > ENOUGH else ""] if has_tail else []
        median = _number(each.median, each.unit)
        rows.append([each.case, each.subject, median, *tail, f"{each.count:,}", ratio])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def rendered(text: str, measurements: Sequence[Measurement]) -> str:
    """The text with the table of each question in its place; raises ValueError if it has none."""
    for question in dict.fromkeys(each.question for each in measurements):
        begin, end = f"<!-- begin {question} -->", f"<!-- end {question} -->"
        answers = _by_case([each for each in measurements if each.question == question])
        block = f"{begin}\n{table(answers)}\n{end}"
        pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
        text, found = re.subn(pattern, lambda _, block=block: block, text, flags=re.DOTALL)
        if not found:
            raise ValueError(f"There is no place for the table of '{question}'")
    return text


def _by_case(measurements: list[Measurement]) -> list[Measurement]:
    """Beside each other what is compared, in the order of the first of each case."""
    cases = list(dict.fromkeys(each.case for each in measurements))
    return sorted(measurements, key=lambda each: cases.index(each.case))


def _ratios(measurements: Sequence[Measurement]) -> Iterator[str]:
    is_alone = len({each.subject for each in measurements}) == 1
    firsts: dict[tuple[str, str], Measurement] = {}
    for each in measurements:
        first = firsts.setdefault(("" if is_alone else each.case, each.unit), each)
        yield f"{each.median / first.median:.2f}"


def _number(value: float, unit: str) -> str:
    if unit == "s" and value < 0.1:
        value, unit = 1000 * value, "ms"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def main() -> None:
    """Write the page's tables and pictures."""
    from bench.plot import draw  # matplotlib is there for the bench alone

    measured = read()
    draw(measured)
    PAGE.write_text(rendered(PAGE.read_text(), measured))


if __name__ == "__main__":
    main()
