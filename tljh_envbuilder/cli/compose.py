"""`tljh-envbuilder compose`: what `run` does, for a group and for longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tljh_envbuilder.cli import options

if TYPE_CHECKING:
    from tljh_envbuilder.cli.notebook import Caller
    from tljh_envbuilder.cli.service import Service


@click.command("compose")
@click.argument("name", metavar="NAME_OR_IMAGE_OR_PATH")
@click.option("--uid", type=click.IntRange(0), help="User who owns the files; you, if left out.")
@click.option("--gid", type=click.IntRange(0), help="Group of the files; yours, if left out.")
@click.option("--ssh-agent", is_flag=True, help="Let the server use the keys of your SSH agent.")
@options.docker_host
@options.service_url
@options.token
def command(
    name: str,
    uid: int | None,
    gid: int | None,
    ssh_agent: bool,
    docker_host: str,
    service_url: str | None,
    token: str | None,
) -> None:
    """Print a file for docker compose that runs JupyterLab from an environment."""
    from tljh_envbuilder.cli.notebook import Caller

    caller = Caller.of_process()
    if uid is not None or gid is not None:
        caller = Caller(caller.uid if uid is None else uid, caller.gid if gid is None else gid)
    service = options.service_or_none(service_url, token)
    click.echo(
        options.run_until_interrupted(_compose(name, caller, ssh_agent, docker_host, service))
    )


async def _compose(
    name: str, caller: Caller, ssh_agent: bool, docker_host: str, service: Service | None
) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from tljh_envbuilder.cli import notebook
    from tljh_envbuilder.cli.building import open_engine
    from tljh_envbuilder.cli.image import find_image, is_local

    async with open_engine(docker_host) as engine:
        named = await find_image(engine, name, service)
        user = await notebook.user_of(engine, named)
        rootless = (await engine.info()).rootless
    if rootless:
        options.console.print("Files will be yours: the engine is, and runs without root.")
        caller = notebook.ROOT
    # The text becomes YAML, in which nothing of HTML is special.
    templates = Environment(
        loader=PackageLoader("tljh_envbuilder", "cli"), undefined=StrictUndefined
    )
    return templates.get_template("compose.yml.jinja").render(
        repository=named.repository,
        image=named.reference,
        is_local=is_local(named.reference),
        caller=caller,
        port=notebook.PORT,
        folder=notebook.work_folder(named),
        ssh_agent=ssh_agent,
        agent_socket=notebook.AGENT_SOCKET,
        command=notebook.command(named, user, caller),
        entrypoint=notebook.ENTRYPOINT,
    )
