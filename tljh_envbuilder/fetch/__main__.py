"""Entry point of the fetch worker; see `messages` for what it reads and writes."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TextIO

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.confinement import confine
from tljh_envbuilder.fetch.messages import ErrorEvent, FetchRequest, LogEvent
from tljh_envbuilder.models.base import Frozen

# A server can send text without end; nobody reads more than this.
MAX_LOG_LENGTH = 2**20

_CREDENTIALS = re.compile(r"(?<=://)(?!git@)[^/\s@]+@")


def _without_credentials(text: str) -> str:
    """Hide what people leave in the addresses of submodules."""
    return _CREDENTIALS.sub("***@", text)


class _EventHandler(logging.Handler):
    """Sends log records to the service."""

    def __init__(self, events: TextIO) -> None:
        super().__init__(logging.INFO)
        self._events = events
        self._room = MAX_LOG_LENGTH

    def emit(self, record: logging.LogRecord) -> None:
        """Send the record in whole lines, while there is room."""
        if self._room <= 0:
            return
        text = _without_credentials(record.getMessage().rstrip("\n"))[: self._room] + "\n"
        self._room -= len(text)
        if self._room <= 0:
            text += "(more output is left out)\n"
        _send(self._events, LogEvent(text=text))


def _send(events: TextIO, event: Frozen) -> None:
    events.write(event.model_dump_json() + "\n")
    events.flush()


def _end_with_service() -> None:
    """End at once, with all children, when the service closes our input or is gone."""
    os.read(sys.stdin.fileno(), 1)
    os.killpg(0, signal.SIGKILL)


def check() -> str | None:
    """What keeps this user from working in this folder."""
    import tljh_envbuilder.fetch.worker  # noqa: F401

    if shutil.which("git") is None:
        return "git is not installed"
    if not os.access(Path.cwd(), os.X_OK):
        return "it cannot enter Fetcher.work_dir, which must lie where every user may enter"
    return None


def main() -> None:
    """Answer the request on standard input."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what others print is no event
    request = FetchRequest.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_service, daemon=True).start()
    confine(request)
    log = logging.getLogger("repo2docker")
    log.setLevel(logging.INFO)
    log.addHandler(_EventHandler(events))

    # Slow to import, and nothing of it should run before the limits hold.
    from tljh_envbuilder.fetch.explain import explain
    from tljh_envbuilder.fetch.worker import make_context

    try:
        _send(events, make_context(request))
    except FetchFailed as error:
        _send(events, ErrorEvent(message=_without_credentials(error.message)))
    except Exception as error:
        traceback.print_exc()
        _send(events, ErrorEvent(message=_without_credentials(explain(error))))


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(check())
    main()
