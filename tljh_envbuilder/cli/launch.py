"""`tljh-envbuilder launch`: a server of one's own on the Hub."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import click

from tljh_envbuilder.cli import options
from tljh_envbuilder.errors import EnvBuilderError

if TYPE_CHECKING:
    from tljh_envbuilder.cli.service import Service


@click.command("launch")
@click.argument("name")
@click.option("--profile", help="The machine's size, by its label; the default one if left out.")
@click.option("--server-name", default="", help="Name of the server; the default one if left out.")
@click.option("--no-open", is_flag=True, help="Open no browser.")
@options.service_url
@options.token
@options.as_json
def command(
    name: str,
    profile: str | None,
    server_name: str,
    no_open: bool,
    service_url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Start a server from the environment NAME on the Hub, and say where it is."""
    service = options.the_service(service_url, token)
    wanted = {"environment": name, "profile": profile, "server_name": server_name}
    server = service.post("api/servers", {key: value for key, value in wanted.items() if value})
    if not server["ready"]:
        _wait(service, server_name)
        server["ready"] = True
    server["url"] = urljoin(service.url, server["url"])  # the service says it without the host
    options.write(server, server["url"], as_json=as_json)
    if not no_open:
        webbrowser.open(server["url"])


def _wait(service: Service, server_name: str) -> None:
    """Return when the server is ready; raises EnvBuilderError with what the Hub says."""
    with options.console.status("Starting the server") as status:
        for _, event in service.events("api/server-progress", server_name=server_name):
            status.update(event["message"] or "Starting the server")
            if event["ready"]:
                return
            if event["failed"]:
                raise EnvBuilderError(
                    event["message"] or "The server did not start; the Hub does not say why."
                )
