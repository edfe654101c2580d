"""Hints are found in what tools really print, and quickly in what hostile steps print."""

from __future__ import annotations

import time

import pytest

from tljh_envbuilder.builds.explain import explained, hint_for


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("ERROR: No matching distribution found for nunpy==1.0", "'nunpy==1.0'"),
        ("Because nunpy was not found in the package registry and you require", "'nunpy'"),
        ("E: Unable to locate package libfoo", "'libfoo'"),
        ("  - nothing provides requested foo 1.*", "conda"),
        ("error: command '/usr/bin/gcc' failed with exit code 1", "compiled"),
        ("/bin/sh: 1: conda: not found", "'conda'"),
        ("bash: line 3: julia: command not found", "'julia'"),
        ("OSError: [Errno 28] No space left on device: pip failed", "disk is full"),
        ("x\nKilled\n", "memory"),
    ],
)
def test_a_frequent_cause_has_a_hint(output: str, hint: str) -> None:
    assert hint in (hint_for(output) or "")


def test_what_is_not_known_is_left_as_it_is() -> None:
    assert explained("Step 'x' failed.", "all is well") == "Step 'x' failed."


@pytest.mark.parametrize("output", ["a" * 8000, ("a" * 80 + ".") * 100, "'" * 8000, "- " * 4000])
def test_no_output_holds_the_service_up(output: str) -> None:
    started = time.perf_counter()
    hint_for(output)
    # Quadratic patterns took a second; a tenth is far above what linear ones take anywhere.
    assert time.perf_counter() - started < 0.1
