"""What every process of this machine shows of itself, arguments and environment, over a while."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

INTERVAL = 0.002


class ProcessSampler:
    """Looks at all processes, again and again, while a block runs."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> ProcessSampler:
        self._ended.clear()
        self._thread = threading.Thread(target=self._look, name="process-sampler")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, where: TracebackType | None
    ) -> None:
        assert self._thread is not None
        self._ended.set()
        self._thread.join()

    @property
    def seen(self) -> bytes:
        """All that was there."""
        return b"\n".join(self._seen)

    def _look(self) -> None:
        while not self._ended.wait(INTERVAL):
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    with suppress(OSError):
                        self._seen.add((process / name).read_bytes())
