"""Builds that stay where a test wants them, and how to wait until they are there."""

from __future__ import annotations

from typing import Any

from tests.live.service import Client, eventually

#: Says a line each tenth of a second, for some seconds.
TICKS = "RUN for i in $(seq {count}); do echo tick-$i; sleep 0.1; done"
#: The check goes through the entry point, and so takes these seconds.
SLOW_ENTRYPOINT = """ENTRYPOINT ["/bin/sh", "-c", "sleep {seconds}; exec \\"$@\\"", "--"]"""


def ticking(seconds: float) -> str:
    """A line of a Dockerfile that takes its time and says so."""
    return TICKS.format(count=round(seconds * 10))


def slow_check(seconds: float) -> str:
    """A line of a Dockerfile that makes the check of the image take its time."""
    return SLOW_ENTRYPOINT.format(seconds=seconds)


def wait_for_status(client: Client, build: int, status: str, *, timeout: float = 60) -> None:
    """Return as soon as the API says so."""
    eventually(lambda: client.build(build)["status"] == status, timeout=timeout)


def wait_for_log(client: Client, build: int, text: str, *, timeout: float = 60) -> None:
    """Return as soon as the log says so."""
    eventually(lambda: text in client.log(build), timeout=timeout)


def last_build(environment: dict[str, Any]) -> int:
    """The id of an environment's last build."""
    return int(environment["last_build"]["id"])
