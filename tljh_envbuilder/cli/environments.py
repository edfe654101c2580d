"""`tljh-envbuilder environments`: what the service has for the caller."""

from __future__ import annotations

import sys
from typing import Any

import click

from tljh_envbuilder.cli import options

PAGE = 100


@click.command("environments")
@click.argument("search", default="")
@options.service_url
@options.token
@options.as_json
def command(search: str, service_url: str | None, token: str | None, as_json: bool) -> None:
    """List the service's environments that you may see, or those that SEARCH finds."""
    from rich.console import Console
    from rich.table import Table

    service = options.the_service(service_url, token)
    items: list[dict[str, Any]] = []
    while True:
        page = service.get("api/environments", q=search, limit=PAGE, offset=len(items))
        items += page["items"]
        if not page["items"] or len(items) >= page["total"]:
            break
    if as_json:
        options.write(items, "", as_json=True)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "status", "repository", "ref", "image"):
        table.add_column(column, overflow="fold")
    for item in items:
        image = (item["current_build"] or {}).get("image") or ""
        table.add_row(item["name"], item["status"], item["repo_url"], item["ref"], image)
    # What goes on to another program has one line for each environment, however long.
    width = None if sys.stdout.isatty() else 10_000
    Console(markup=False, highlight=False, width=width).print(table)
