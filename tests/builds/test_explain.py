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
        ("Because there is no version of six==9 and you require six==9", "'six==9'"),
        ("the current Python version (3.11.2) does not satisfy Python>=3.12", "runtime.txt"),
        ("error: Hash mismatch for `six==1.17.0`", "lock"),
        ("x.c:1:10: fatal error: graphviz/cgraph.h: No such file or directory", "cgraph.h"),
        ("error: No interpreter found for Python 3.13 in virtual environments", "no Python 3.13"),
        ("error: can't find Rust compiler", "Rust"),
        ("  cause: The build backend returned an error", "compiled"),
    ],
)
def test_a_frequent_cause_has_a_hint(output: str, hint: str) -> None:
    assert hint in (hint_for(output) or "")


def test_what_is_not_known_is_left_as_it_is() -> None:
    assert explained("Step 'x' failed.", "all is well") == "Step 'x' failed."


@pytest.mark.parametrize("output", ["a" * 8000, ("a" * 80 + ".") * 100, "'" * 8000, "- " * 4000])
def test_no_output_holds_the_service_up(output: str) -> None:
    started = time.thread_time()
    hint_for(output)
    # Quadratic patterns took a second; half of one is far above what linear ones take anywhere.
    assert time.thread_time() - started < 0.5
