"""The page of what was measured says what was measured."""

from __future__ import annotations

import pytest

from bench.measurements import Measurement, read
from bench.page import PAGE, rendered, table


def measured(case: str, subject: str, median: float, *, count: int = 3) -> Measurement:
    return Measurement("builds", case, subject, "s", count, median, 2 * median)


def test_the_page_is_made_of_the_last_measurements() -> None:
    assert PAGE.read_text() == rendered(PAGE.read_text(), read()), "run `python -m bench.page`"


def test_subjects_are_compared_with_the_first_of_their_case() -> None:
    rows = table(
        [measured("cold", "pip", 8), measured("cold", "uv", 2), measured("warm", "pip", 0.05)]
    )
    assert rows.splitlines()[2:] == [
        "| cold | pip | 8.00 s | 3 | 1.00 |",
        "| cold | uv | 2.00 s | 3 | 0.25 |",
        "| warm | pip | 50.0 ms | 3 | 1.00 |",
    ]


def test_a_subject_alone_is_compared_with_its_first_case() -> None:
    rows = table([measured("1", "list", 4, count=100), measured("100", "list", 6, count=100)])
    assert rows.splitlines()[2:] == [
        "| 1 | list | 4.00 s | 8.00 s | 100 | 1.00 |",
        "| 100 | list | 6.00 s | 12.0 s | 100 | 1.50 |",
    ]


def test_a_question_that_the_page_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="builds"):
        rendered("no markers", [measured("cold", "pip", 8)])
