"""The file of one build's log: one writer, any number of followers, nothing read twice in vain."""

from __future__ import annotations

import asyncio
import errno
import math
import os
import time
from pathlib import Path

from tljh_envbuilder.models.events import LogRecord, StatusChange
from tljh_envbuilder.store.log_records import ENDS, encode, events

#: How much is read at once, in bytes; more only where one record is longer.
CHUNK = 64 * 1024
#: Chunks kept for the followers that come for the same ones.
CHUNKS_KEPT = 8
#: Waking a follower costs the same whether it finds one record or ten: the more there are, the less
#: often they are woken. Seconds between two times, for each of them.
PACE = 0.00025


class LogFile:
    """A build's log up to the last complete record.

    What a writer that died has left behind that is no record; the next record takes its place.
    Followers at the same position share what was read and formatted for the first of them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.users = 0
        #: Set, and then replaced by another, when there is something new.
        self.changed = asyncio.Event()
        self.size = self._complete_size()
        #: Whether the last record is a final status; one that follows nonetheless reopens the log.
        self.ended = self._read(self.size - CHUNK, self.size).endswith(ENDS)
        self._writer: int | None = None
        self._woken = -math.inf
        self._waking: asyncio.TimerHandle | None = None
        self._chunks: dict[int, tuple[bytes, int]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nobody writes or reads."""
        return self._writer is None and self.users == 0

    def append(self, record: LogRecord) -> None:
        """Write a record and wake the followers; an OSError leaves the log as it was."""
        lines = encode(record)
        try:
            if self._writer is None:
                self._writer = os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600)
                os.ftruncate(self._writer, self.size)
            if os.pwrite(self._writer, lines, self.size) < len(lines):
                os.ftruncate(self._writer, self.size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            self.size += len(lines)
        finally:
            # Even if it could not be written: nobody waits for the end of what has ended.
            self.ended = lines in ENDS
            # What comes after a change of status may come late, or never: many builds can wait.
            if isinstance(record, StatusChange):
                self.close()
            self._wake_in_time()

    def close(self) -> None:
        """Stop writing; the next record opens the file again."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def remove(self) -> None:
        """Delete the file; the followers' streams end."""
        self.close()
        self.path.unlink(missing_ok=True)
        self.size = 0
        self.ended = True
        self.wake()

    def wake(self) -> None:
        """Let the followers see what is new."""
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        self._woken = time.monotonic()
        self.changed.set()
        self.changed = asyncio.Event()

    def _wake_in_time(self) -> None:
        """At once, unless they are many and have just been woken."""
        wait = self._woken + self.users * PACE - time.monotonic()
        if wait <= 0:
            self.wake()
        elif self._waking is None:
            self._waking = asyncio.get_running_loop().call_later(wait, self.wake)

    def boundary(self, position: int) -> int:
        """The first end of a record at or after `position`; 0 for what is no position here."""
        if not 0 < position <= self.size:
            return 0
        return position + self.lines(position - 1).index(b"\n")

    def chunk(self, position: int) -> tuple[bytes, int]:
        """Some events from a boundary on, and the position behind them."""
        if position not in self._chunks:
            lines = self.lines(position)
            if len(self._chunks) == CHUNKS_KEPT:
                del self._chunks[next(iter(self._chunks))]
            self._chunks[position] = events(lines, position), position + len(lines)
        return self._chunks[position]

    def lines(self, position: int) -> bytes:
        """Some bytes from `position` to the end of a record; none only at the end of the log."""
        length = CHUNK
        while True:
            data = self._read(position, min(position + length, self.size))
            end = data.rfind(b"\n") + 1
            if end or position + length >= self.size:
                return data[:end]
            length *= 2

    def _complete_size(self) -> int:
        """The place behind the last complete record, looked for from the end."""
        end = self.path.stat().st_size if self.path.exists() else 0
        while end > 0:
            start = max(0, end - CHUNK)
            found = self._read(start, end).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def _read(self, start: int, end: int) -> bytes:
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(max(0, start))
                return file.read(end - max(0, start))
        except FileNotFoundError:
            return b""
