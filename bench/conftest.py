"""The bench runs on the same real parts as the tests."""

from tests.conftest import *  # noqa: F403
from tests.live.conftest import *  # noqa: F403
