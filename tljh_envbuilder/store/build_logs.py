"""The logs of builds: a file each, which is written once and followed by anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.models.build import BuildStatus
from tljh_envbuilder.models.events import LogRecord, StatusChange
from tljh_envbuilder.store.log_file import LogFile
from tljh_envbuilder.store.log_records import text


class BuildLogs(LoggingConfigurable):
    """Logs of builds in a folder, as `<build id>.log`; `log_records` describes the format.

    Call it on the event loop. A log ends with a final status; records that are appended after one
    (the build is resumed) go on in the same file, and the log ends again.
    """

    def __init__(self, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self._files: dict[int, LogFile] = {}

    def append(self, build_id: int, record: LogRecord) -> None:
        """Write a record, which open followers get at once.

        A record that cannot be written, to a full disk say, is lost and reported in the service's
        own log: it is no reason for a build to fail.
        """
        file = self._file(build_id)
        try:
            file.append(record)
        except OSError as error:
            self.log.error("The log of build %d lacks a record: %s", build_id, error)
        self._forget_if_idle(build_id, file)

    def end(self, build_id: int, status: BuildStatus) -> None:
        """Append the final status unless the log has one.

        For a build that has ended, whose log was not told because the service died in between.
        """
        with self._used(build_id) as file:
            if not file.ended:
                self.append(build_id, StatusChange(status=status))

    async def follow(self, build_id: int, *, position: int = 0) -> AsyncIterator[bytes]:
        """The log after `position` as server-sent events, then what is appended, to the end.

        `position` is the id of an event, to resume behind it without loss or repeat. Within a
        record it stands for that record's end; what cannot be a position stands for the beginning.
        A log that is not there yet is waited for; one that is removed ends.
        """
        with self._used(build_id) as file:
            position = file.boundary(position)
            while True:
                while position < file.size:
                    chunk, position = file.chunk(position)
                    yield chunk
                    # A long log must not keep everybody else waiting.
                    await asyncio.sleep(0)
                if file.ended:
                    return
                await file.changed.wait()

    async def text(self, build_id: int) -> AsyncIterator[bytes]:
        """The output alone, as far as there is any by now, in UTF-8."""
        with self._used(build_id) as file:
            position, end = 0, file.size
            while position < min(end, file.size):
                lines = file.lines(position)
                position += len(lines)
                yield text(lines)
                await asyncio.sleep(0)

    def size(self, build_id: int) -> int:
        """Bytes that the log takes; 0 if there is none."""
        path = self._path(build_id)
        return path.stat().st_size if path.exists() else 0

    def remove(self, build_id: int) -> None:
        """Delete a log, if there is one, and end the streams of its followers."""
        self._files.pop(build_id, LogFile(self._path(build_id))).remove()

    def close(self) -> None:
        """Close the files and end the streams of all followers: the service stops."""
        for file in self._files.values():
            file.close()
            file.ended = True
            file.wake()
        self._files.clear()

    def _path(self, build_id: int) -> Path:
        return self._folder / f"{build_id}.log"

    def _file(self, build_id: int) -> LogFile:
        if build_id not in self._files:
            self._files[build_id] = LogFile(self._path(build_id))
        return self._files[build_id]

    @contextmanager
    def _used(self, build_id: int) -> Iterator[LogFile]:
        file = self._file(build_id)
        file.users += 1
        try:
            yield file
        finally:
            file.users -= 1
            self._forget_if_idle(build_id, file)

    def _forget_if_idle(self, build_id: int, file: LogFile) -> None:
        if file.is_idle and self._files.get(build_id) is file:
            del self._files[build_id]
