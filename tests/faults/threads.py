"""Requests that wait while the test does something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import requests


@contextmanager
def started(call: Callable[..., Any], *arguments: Any) -> Iterator[Future[Any]]:
    """Call in a thread; the end of the block waits for it, also for one whose server has died."""
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(call, *arguments)
        yield future
        with suppress(requests.ConnectionError):
            future.result()
