"""The bench runs on the same real parts as the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.measurements import Measurements
from tests.conftest import *  # noqa: F403
from tests.live.conftest import *  # noqa: F403


@pytest.fixture(scope="session")
def measurements() -> Iterator[Measurements]:
    """Where results go; they are written when all is done."""
    measurements = Measurements()
    yield measurements
    measurements.write()
