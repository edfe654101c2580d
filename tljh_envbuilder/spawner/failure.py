"""Says to a user why a server did not start."""

from __future__ import annotations

import re
from typing import Any

from docker.errors import APIError

from tljh_envbuilder.spawner.errors import StartError

#: How much of the container's output a user sees.
LOG_LINES = 10
LINE_LENGTH = 300

# Colours and cursor movements of terminals, and other control characters.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def explain_failure(
    error: Exception, container: dict[str, Any] | None, output: bytes
) -> StartError:
    """The failure in words, with the last lines that the container, if there is one, wrote."""
    lines = _last_lines(output)
    return StartError(500, _words(error, container, has_lines=bool(lines)), log_lines=lines)


def _words(error: Exception, container: dict[str, Any] | None, *, has_lines: bool) -> str:
    state = container["State"] if container else {}
    if state.get("OOMKilled"):
        return "The server ran out of memory while it started. Choose a larger machine."
    if state.get("Status") in ("exited", "dead"):
        ended = f"The server ended while it started (exit code {state['ExitCode']})."
        if has_lines:
            return f"{ended} Its last lines are below; show them to the owner of the environment."
        return f"{ended} Tell the owner of the environment."
    if isinstance(error, APIError):
        return f"The container engine did not start the server: {error.explanation}"
    return str(error)


def _last_lines(output: bytes) -> list[str]:
    text = _CONTROL.sub("", output.decode("utf8", "replace"))
    return [line[:LINE_LENGTH] for line in text.splitlines() if line.strip()][-LOG_LINES:]
