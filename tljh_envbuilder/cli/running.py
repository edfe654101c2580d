"""Runs a Jupyter server of one's own from an image, until somebody ends it."""

from __future__ import annotations

import asyncio
import os
import secrets
import webbrowser
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import click

from tljh_envbuilder.cli import notebook
from tljh_envbuilder.cli.building import open_engine
from tljh_envbuilder.cli.image import NamedImage, find_image
from tljh_envbuilder.cli.options import console, write
from tljh_envbuilder.cli.service import Service
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.notebook import Notebook
from tljh_envbuilder.errors import EnvBuilderError, InvalidRequest, NotFound

#: Seconds until a server that does not answer is given up, and between two questions.
START_TIMEOUT = 120
POLL_INTERVAL = 0.1
#: Lines of a server that ended by itself which are shown.
LAST_LINES = 20


@dataclass(frozen=True)
class Wish:
    """What the caller has asked for."""

    target: str
    folder: Path
    ui: str
    port: int
    ssh_agent: bool
    opens_browser: bool
    as_json: bool


async def run(wish: Wish, docker_host: str, service: Service | None) -> None:
    """Start the server, say where it is, and remove it in the end."""
    async with open_engine(docker_host) as engine:
        if wish.ssh_agent and engine.is_remote:
            raise InvalidRequest("--ssh-agent needs an engine on this machine.")
        named = await find_image(engine, wish.target, service, is_kept=False)
        user = await notebook.user_of(engine, named)
        rootless = (await engine.info()).rootless
        caller = notebook.ROOT if rootless else notebook.Caller.of_process()
        token = secrets.token_urlsafe(24)
        specification = _specification(wish, engine, named, user, caller, token)
        async with _started(engine, wish, specification) as (container, port):
            await _serve(engine, wish, named, container, f"http://127.0.0.1:{port}", token)


def _specification(
    wish: Wish,
    engine: DockerEngine,
    named: NamedImage,
    user: notebook.User,
    caller: notebook.Caller,
    token: str,
) -> Notebook:
    env, binds = {"JUPYTER_TOKEN": token}, {}
    if engine.is_remote:
        console.print("The engine is elsewhere: what is written in the server ends with it.")
    else:
        binds[str(wish.folder)] = notebook.work_folder(named)
    if wish.ssh_agent:
        binds[_agent_socket()] = notebook.AGENT_SOCKET
        env["SSH_AUTH_SOCK"] = notebook.AGENT_SOCKET
    return Notebook(
        image=named.image.id,
        name=f"{named.repository}-{secrets.token_hex(4)}",
        entrypoint=notebook.ENTRYPOINT,
        command=notebook.command(named, user, caller, is_mounted=not engine.is_remote),
        user="0:0",
        working_dir="/",
        env=env,
        port=notebook.PORT,
        host_port=None if engine.is_remote else wish.port,
        binds=binds,
    )


def _agent_socket() -> str:
    socket = os.environ.get("SSH_AUTH_SOCK", "")
    if not Path(socket).is_socket():
        raise NotFound("There is no SSH agent to forward: $SSH_AUTH_SOCK names no socket.")
    return socket


@asynccontextmanager
async def _started(
    engine: DockerEngine, wish: Wish, specification: Notebook
) -> AsyncIterator[tuple[str, int]]:
    """The container and the port on this machine, until the block ends."""
    # Shielded, so that whoever presses Ctrl-C meanwhile leaves nothing behind.
    creating = asyncio.ensure_future(engine.create_notebook(specification))
    try:
        container = await asyncio.shield(creating)
        port = await engine.start_notebook(container, notebook.PORT)
        if port is not None:
            yield container, port
            return
        async with engine.forward(container, notebook.PORT, local_port=wish.port) as forwarded:
            yield container, forwarded
    finally:
        await asyncio.shield(_remove(engine, creating))


async def _remove(engine: DockerEngine, creating: asyncio.Future[str]) -> None:
    with suppress(EnvBuilderError):  # what went wrong before is what the caller should hear of
        await engine.remove_container(await creating, force=True)


async def _serve(
    engine: DockerEngine, wish: Wish, named: NamedImage, container: str, origin: str, token: str
) -> None:
    """Wait until it answers, say so, and wait until it ends."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    ended = asyncio.create_task(_keep_last(engine, container, last))
    ready = asyncio.create_task(_answers(origin))
    try:
        done, _ = await asyncio.wait(
            {ended, ready}, timeout=START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED
        )
        if ready in done:
            with TemporaryDirectory(prefix="tljh-envbuilder-") as folder:
                await _announce(wish, named, container, origin, token, Path(folder))
                await ended
        why = f"did not answer within {START_TIMEOUT} s"
        if ended.done():
            await ended  # raises EngineUnavailable if it was the engine that has ended
            why = "ended by itself"
        raise EnvBuilderError(f"The server {why}. It said last:\n{''.join(last)}")
    finally:
        for task in (ended, ready):
            task.cancel()
        await asyncio.gather(ended, ready, return_exceptions=True)


async def _announce(
    wish: Wish, named: NamedImage, container: str, origin: str, token: str, folder: Path
) -> None:
    path = notebook.page(wish.ui, named)
    address = f"{origin}{path}?token={token}"
    if wish.ui != "lab" and not await _has(origin, path, token):
        console.print(f"The image has no {wish.ui}: this opens JupyterLab.", style="yellow")
        address = f"{origin}/lab?token={token}"
    result = {"url": address, "image": named.reference, "container": container}
    write(result, address, as_json=wish.as_json)
    console.print("Ctrl-C ends the server and removes it; the folder stays.")
    if wish.opens_browser:
        await asyncio.to_thread(webbrowser.open, f"file://{_redirection(folder, address)}")


def _redirection(folder: Path, address: str) -> Path:
    """A page that leads there: what a browser is started with, others can see, and so the token."""
    page = folder / "open.html"
    page.touch(0o600)
    page.write_text(
        f'<meta charset="utf-8"><meta http-equiv="refresh" content="0;url={escape(address)}">'
        f'<a href="{escape(address)}">JupyterLab</a>'
    )
    return page


async def _keep_last(engine: DockerEngine, container: str, last: deque[str]) -> None:
    async for text in engine.follow_output(container):
        last.append(click.unstyle(text))


async def _answers(origin: str) -> None:
    """Return once Jupyter answers."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{origin}/api") as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(POLL_INTERVAL)


async def _has(origin: str, path: str, token: str) -> bool:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"token {token}"}) as session,
        session.get(origin + path, allow_redirects=False) as answer,
    ):
        return answer.status < 400
