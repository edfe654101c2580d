"""Entry point of the fetch worker; see `messages` for what it reads and writes."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TextIO

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.confinement import confine
from tljh_envbuilder.fetch.login import agent_answers, log_out, logged_in
from tljh_envbuilder.fetch.messages import (
    CHECK,
    LIST,
    RESOLVE,
    ErrorEvent,
    FetchRequest,
    LogEvent,
    RefsEvent,
    ResolvedEvent,
    Result,
)
from tljh_envbuilder.fetch.redaction import Redaction
from tljh_envbuilder.models.base import Frozen

# A server can send text without end; nobody reads more than this.
MAX_LOG_LENGTH = 2**20


class _EventHandler(logging.Handler):
    """Sends log records to the service."""

    def __init__(self, events: TextIO, redacted: Redaction) -> None:
        super().__init__(logging.INFO)
        self._events = events
        self._redacted = redacted
        self._room = MAX_LOG_LENGTH

    def emit(self, record: logging.LogRecord) -> None:
        """Send the record in whole lines, while there is room."""
        if self._room <= 0:
            return
        text = self._redacted(record.getMessage().rstrip("\n"))[: self._room] + "\n"
        self._room -= len(text)
        if self._room <= 0:
            text += "(more output is left out)\n"
        _send(self._events, LogEvent(text=text))


def _send(events: TextIO, event: Frozen) -> None:
    events.write(event.model_dump_json() + "\n")
    events.flush()


def _end_with_service(home: Path) -> None:
    """End at once, with all children, when the service closes our input or is gone."""
    os.read(sys.stdin.fileno(), 1)
    log_out(home)
    os.killpg(0, signal.SIGKILL)


def check() -> str | None:
    """What keeps this user from working in this folder."""
    import tljh_envbuilder.fetch.worker  # noqa: F401

    if shutil.which("git") is None:
        return "git is not installed"
    if not os.access(Path.cwd(), os.X_OK):
        return "it cannot enter Fetcher.work_dir, which must lie where every user may enter"
    if "SSH_AUTH_SOCK" in os.environ and not agent_answers(os.environ["SSH_AUTH_SOCK"]):
        return "the SSH agent at $SSH_AUTH_SOCK does not answer it: run an agent as this user"
    return None


def answer(request: FetchRequest, task: str) -> Result:
    """Do what is asked: `--resolve` and `--refs` only look at the repository."""
    if task in (RESOLVE, LIST):
        from tljh_envbuilder.fetch.refs import list_refs, resolve

        with logged_in(request):
            if task == LIST:
                return RefsEvent(**list_refs(request.repo_url).model_dump())
            return ResolvedEvent(commit=resolve(request.repo_url, request.ref))
    from tljh_envbuilder.fetch.worker import make_context

    return make_context(request)


def main(task: str) -> None:
    """Answer the request on standard input."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what others print is no event
    if not task:
        # Slow to import; a worker may well wait for its request.
        import tljh_envbuilder.fetch.worker  # noqa: F401
    line = sys.stdin.buffer.readline()
    if not line:
        return  # the service has ended before there was work
    request = FetchRequest.model_validate_json(line)
    redacted = Redaction(request.credentials)
    threading.Thread(target=_end_with_service, args=[Path.cwd()], daemon=True).start()
    confine(request)
    log = logging.getLogger("repo2docker")
    log.setLevel(logging.INFO)
    log.addHandler(_EventHandler(events, redacted))

    from tljh_envbuilder.fetch.explain import explain

    try:
        _send(events, answer(request, task))
    except FetchFailed as error:
        _send(events, ErrorEvent(message=redacted(error.message)))
    except Exception as error:
        sys.stderr.write(redacted(traceback.format_exc()))
        _send(events, ErrorEvent(message=redacted(explain(error))))


if __name__ == "__main__":
    if sys.argv[1:] == [CHECK]:
        sys.exit(check())
    main("".join(sys.argv[1:]))
