"""How a record of a build's log is written, and how it becomes a server-sent event.

A record is one line, `<event> <JSON>\\n`: the event is `log`, `step`, `status` or `progress`, and
JSON has no line breaks in it. An event is made of a line by slicing, with the place in the file
behind the line as its id:

    id: 1042
    event: log
    data: {"text":"Hello\\n","stream":"stdout","step":null}
"""

from __future__ import annotations

import json

from pydantic_core import PydanticSerializationError

from tljh_envbuilder.models.build import ENDED, Step
from tljh_envbuilder.models.events import LogRecord, LogText, StatusChange, StepProgress

#: Longer texts become several records, so that nobody has to hold a huge one; in characters.
LONGEST_TEXT = 16 * 1024

_EVENTS: dict[type, bytes] = {
    LogText: b"log",
    Step: b"step",
    StatusChange: b"status",
    StepProgress: b"progress",
}


def encode(record: LogRecord) -> bytes:
    """The lines of a record: one, or more where the text is long."""
    if isinstance(record, LogText) and len(record.text) > LONGEST_TEXT:
        starts = range(0, len(record.text), LONGEST_TEXT)
        pieces = (record.text[start : start + LONGEST_TEXT] for start in starts)
        return b"".join(encode(record.model_copy(update={"text": piece})) for piece in pieces)
    return b"%b %b\n" % (_EVENTS[type(record)], _json(record))


def events(lines: bytes, position: int) -> bytes:
    """The server-sent events of complete lines that begin at this position of the file."""
    frames = []
    for line in lines.split(b"\n")[:-1]:
        position += len(line) + 1
        event, _, data = line.partition(b" ")
        frames.append(b"id: %d\nevent: %b\ndata: %b\n\n" % (position, event, data))
    return b"".join(frames)


def text(lines: bytes) -> bytes:
    """The output alone, as it came."""
    found = (
        json.loads(line[4:])["text"] for line in lines.split(b"\n") if line.startswith(b"log ")
    )
    return "".join(found).encode()


def _json(record: LogRecord) -> bytes:
    try:
        return record.model_dump_json().encode()
    except PydanticSerializationError:
        # A lone surrogate, which is no character.
        return json.dumps(record.model_dump(mode="json"), ensure_ascii=False).encode(
            "utf-8", "replace"
        )


#: The lines that end a log. A quote within JSON is escaped, so no other line ends like these.
ENDS = tuple(encode(StatusChange(status=status)) for status in sorted(ENDED))
