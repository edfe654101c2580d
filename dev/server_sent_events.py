"""Reading a stream of server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class Event:
    """One event: its name, its JSON content and, where the stream gives one, its id."""

    name: str
    data: dict[str, Any]
    id: str = ""


def read_events(response: requests.Response) -> Iterator[Event]:
    """Give the events as they arrive."""
    fields: dict[str, str] = {}
    # One byte at a time from the buffer below: larger reads would wait to be filled.
    for line in response.iter_lines(chunk_size=1):
        field, _, value = line.decode().partition(":")
        if field:
            fields[field] = value.removeprefix(" ")
        elif not line and "data" in fields:
            data = json.loads(fields["data"])
            yield Event(fields.get("event", "message"), data, fields.get("id", ""))
            fields = {}
