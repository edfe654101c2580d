"""Questions to the person at the terminal."""

from __future__ import annotations

import asyncio
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import click


async def prompt(question: str, *, hidden: bool = False) -> str:
    """Ask until there is an answer; raises click.Abort if what is typed ends without one.

    The event loop waits for the line: a read that blocks misses a Ctrl-C that comes just before.
    """
    with _unseen() if hidden else nullcontext():
        while True:
            click.echo(f"{question}: ", nl=False, err=True)
            await _readable()
            line = sys.stdin.readline()
            if hidden or not line:
                click.echo(err=True)
            if not line:
                raise click.Abort
            if answer := line.rstrip("\r\n"):
                return answer


async def _readable() -> None:
    """Wait until a line was typed, or the end of what is typed."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)


@contextmanager
def _unseen() -> Iterator[None]:
    """Have the terminal not show what is typed; as getpass does, drop what was typed before."""
    before = termios.tcgetattr(sys.stdin)
    without_echo = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, without_echo)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)
