"""`tljh-envbuilder run`: an environment on one's own machine."""

from __future__ import annotations

from pathlib import Path

import click

from tljh_envbuilder.cli import options


@click.command("run")
@click.argument("target", metavar="NAME_OR_IMAGE_OR_PATH", type=click.Path())
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder to work in; the one that is run, else the current one.",
)
@click.option(
    "--ui",
    type=click.Choice(["lab", "rstudio", "vscode", "desktop"]),
    default="lab",
    show_default=True,
    help="What to open.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; a free one if 0.")
@click.option("--ssh-agent", is_flag=True, help="Let the server use the keys of your SSH agent.")
@click.option("--no-open", is_flag=True, help="Open no browser.")
@options.docker_host
@options.service_url
@options.token
@options.as_json
def command(
    target: str,
    folder: Path | None,
    ui: str,
    port: int,
    ssh_agent: bool,
    no_open: bool,
    docker_host: str,
    service_url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Start JupyterLab from an environment, an image or a folder.

    The folder to work in is at `/work/<repository name>`, and what is written there is yours.
    On another machine's engine the server has a copy of the repository's files instead, which
    goes with it. The address, with its token, goes to stdout. Ctrl-C ends the server and removes
    it.
    """
    from tljh_envbuilder.cli.image import is_path
    from tljh_envbuilder.cli.running import Wish, run

    own = Path(target).expanduser() if is_path(target) else Path.cwd()
    wish = Wish(
        target=target,
        folder=(folder or own).resolve(),
        ui=ui,
        port=port,
        ssh_agent=ssh_agent,
        opens_browser=not no_open,
        as_json=as_json,
    )
    service = options.service_or_none(service_url, token)
    options.run_until_interrupted(run(wish, docker_host, service))
