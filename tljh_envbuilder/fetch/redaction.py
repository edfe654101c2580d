"""Keeping secrets out of what git and repo2docker print."""

from __future__ import annotations

import re

from tljh_envbuilder.models.credentials import Credentials

_IN_ADDRESS = re.compile(r"(?<=://)(?!git@)[^/\s@]+@")


class Redaction:
    """Hides our own credentials, which a host may send back, and what addresses carry.

    Addresses of submodules are whatever people have left in them.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        traces = set() if credentials is None else set(credentials.traces())
        # The longest first: one may be part of another.
        self._traces = sorted(traces, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text with `***` for each secret."""
        for trace in self._traces:
            text = text.replace(trace, "***")
        return _IN_ADDRESS.sub("***@", text)
