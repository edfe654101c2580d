"""A fetcher with a folder of its own, and a short way to use it."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fetching import Fetch

from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="tljh-envbuilder-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fetcher(open_folder: Path) -> Fetcher:
    """A fetcher that leaves nothing behind."""
    return Fetcher(
        open_folder,
        sources=Sources(),
        python=PythonEnvironments(),
        work_dir=str(open_folder / "work"),
        ready_worker=False,
    )


@pytest.fixture
def log() -> list[str]:
    """What fetching wrote to the build's log."""
    return []


@pytest.fixture
def fetch(fetcher: Fetcher, log: list[str]) -> Fetch:
    """Fetch a repository by its address."""

    async def fetch(repo_url: str, ref: str = "HEAD", **options: Any) -> FetchedContext:
        settings = {"builder": "auto", "build_args": {}, "build_id": 1, **options}
        return await fetcher.fetch(repo_url=repo_url, ref=ref, on_log=log.append, **settings)

    return fetch


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Address of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/owner/repository"


@pytest.fixture
def web_page() -> Iterator[str]:
    """Address of a page that answers, and is nothing more than a page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!doctype html>\n<h1>Hello</h1>\n")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_port}/page"
        server.shutdown()
