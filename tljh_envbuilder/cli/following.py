"""Following a build of the service to its end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click
from pydantic import TypeAdapter
from rich.console import Console

from tljh_envbuilder.cli.service import Service
from tljh_envbuilder.cli.steps import StepDisplay
from tljh_envbuilder.errors import BuildFailed
from tljh_envbuilder.models.build import BuildStatus, Step
from tljh_envbuilder.models.events import LogRecord, LogText, StatusChange, StepProgress

_RECORDS: dict[str, TypeAdapter[Any]] = {
    "log": TypeAdapter(LogText),
    "step": TypeAdapter(Step),
    "status": TypeAdapter(StatusChange),
    "progress": TypeAdapter(StepProgress),
}


def follow_build(service: Service, build_id: int, console: Console, *, as_json: bool) -> Any:
    """Show the build's log as it grows; returns the build. Raises BuildFailed with the reason."""
    events = _to_the_end(service.events(f"api/builds/{build_id}/log"))
    if as_json:
        for name, data in events:
            click.echo(json.dumps({"event": name, **data}))
    else:
        with StepDisplay(console) as display:
            for name, data in events:
                if (record := _record(name, data)) is not None:
                    display.show(record)
    build = service.get(f"api/builds/{build_id}")
    if build["status"] != "built":
        raise BuildFailed(build["error"] or f"The build is {build['status']}.")
    return build


def _to_the_end(
    events: Iterable[tuple[str, dict[str, Any]]],
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, data in events:
        yield name, data
        if name == "status" and BuildStatus(data["status"]).has_ended:
            return


def _record(name: str, data: dict[str, Any]) -> LogRecord | None:
    """What the event says; None for one that a newer service may send."""
    adapter = _RECORDS.get(name)
    record: LogRecord | None = adapter.validate_python(data) if adapter else None
    return record
