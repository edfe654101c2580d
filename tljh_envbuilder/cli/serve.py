"""`tljh-envbuilder serve`: its options are settings, which traitlets reads."""

from __future__ import annotations

import click


@click.command("serve", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run the service; JupyterHub does this by itself.

    ARGUMENTS are settings, such as --BuildQueue.concurrency=4; --help-all lists them.
    """
    from tljh_envbuilder.app import EnvBuilder

    EnvBuilder.launch_instance(list(arguments))
