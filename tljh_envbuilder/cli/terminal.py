"""What others have written, for a terminal: their text, and not their orders to it."""

from __future__ import annotations

import re

# A sequence (ECMA-48's CSI and OSC), or any other control character but a tab and a new line.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


def without_controls(text: str, *, keep_colours: bool = False) -> str:
    """The text as it can be shown; with `keep_colours` its colours stay in it as sequences."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if keep_colours and _COLOUR.fullmatch(found[0]) else ""

    return _CONTROL.sub(kept, text)
