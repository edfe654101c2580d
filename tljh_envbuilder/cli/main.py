"""The command `tljh-envbuilder`: which commands there are, and how their failures are told."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from tljh_envbuilder._version import __version__
from tljh_envbuilder.cli.exit_codes import ExitCode, exit_code
from tljh_envbuilder.cli.terminal import without_controls
from tljh_envbuilder.errors import EnvBuilderError

#: Each command is in a module of its own, which is imported when it is used.
COMMANDS = ("build", "run", "compose", "environments", "log", "rebuild", "launch", "serve")

_EPILOG = "Exit codes: " + "; ".join(f"{code.value} {code.meaning}" for code in ExitCode) + "."


class Commands(click.Group):
    """Finds commands by the names of their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"tljh_envbuilder.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what goes wrong becomes a sentence on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except EnvBuilderError as error:
            _tell(error.message, exit_code(error))
            ctx.exit(exit_code(error))
        except click.UsageError as error:
            if not _as_json():
                raise  # click shows how the command is used
            _tell(error.format_message(), ExitCode.USAGE)
            ctx.exit(ExitCode.USAGE)
        except (KeyboardInterrupt, click.Abort):
            click.echo(err=True)
            ctx.exit(ExitCode.INTERRUPTED)


def _as_json() -> bool:
    return "--json" in sys.argv


def _tell(message: str, code: ExitCode) -> None:
    if _as_json():
        click.echo(json.dumps({"error": message, "exit_code": code.value}), err=True)
    else:
        click.secho(f"Error: {without_controls(message)}", fg="red", err=True)


@click.group(cls=Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tljh-envbuilder")
def command() -> None:
    """Turn git repositories into environments: on a Hub, or on your own machine."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line of this process."""
    # As Ctrl-C, so that it ends in the same way; the service has its own.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    command(args=argv, prog_name="tljh-envbuilder")
