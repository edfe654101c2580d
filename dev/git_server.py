"""Real git repositories over smart HTTP on loopback, for all to read or behind a password.

With TLS if there is a context for it.
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from typing import cast
from urllib.parse import urlsplit

Files = Mapping[str, str | bytes | None]

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    # The same files make the same commit.
    "GIT_AUTHOR_DATE": "2025-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z",
}


def git(*arguments: str | Path, cwd: Path) -> str:
    """Run git without the configuration of whoever runs this; gives what it printed."""
    done = subprocess.run(
        ["git", *arguments], cwd=cwd, env=_ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class GitRepository:
    """A bare repository that is served, and the work tree its commits are made in."""

    def __init__(self, url: str, path: Path, work_tree: Path) -> None:
        self.url = url
        self.path = path
        self._work_tree = work_tree
        git("init", "--quiet", "--bare", "--initial-branch=main", path, cwd=path.parent)
        git("init", "--quiet", "--initial-branch=main", work_tree, cwd=path.parent)

    @property
    def head(self) -> str:
        """The full commit of the default branch."""
        return git("rev-parse", "HEAD", cwd=self.path)

    def commit(
        self,
        files: Files,
        *,
        message: str = "Change",
        branch: str | None = None,
        tag: str | None = None,
    ) -> str:
        """Write files (None removes one) and push a commit on the branch; gives the full commit.

        A new branch starts at the default branch. Files that start with `#!` become executable.
        """
        branch = branch or "main"
        if branch != git("symbolic-ref", "--short", "HEAD", cwd=self._work_tree):
            exists = (
                branch in git("branch", "--format=%(refname:short)", cwd=self._work_tree).split()
            )
            git("switch", "--quiet", *([] if exists else ["--create"]), branch, cwd=self._work_tree)
        self._write(files)
        git("add", "--all", cwd=self._work_tree)
        git("commit", "--quiet", "--allow-empty", "--message", message, cwd=self._work_tree)
        git("push", "--quiet", "--force", self.path, branch, cwd=self._work_tree)
        if tag is not None:
            git("tag", tag, cwd=self._work_tree)
            git("push", "--quiet", self.path, f"refs/tags/{tag}", cwd=self._work_tree)
        commit = git("rev-parse", "HEAD", cwd=self._work_tree)
        if branch != "main":
            git("switch", "--quiet", "main", cwd=self._work_tree)
        return commit

    def _write(self, files: Files) -> None:
        for name, content in files.items():
            path = self._work_tree / name
            if content is None:
                path.unlink()
                continue
            data = content.encode() if isinstance(content, str) else content
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o755 if data.startswith(b"#!") else 0o644)


class GitServer:
    """Serves the repositories created in it.

    `moved` are repositories that it redirects to another address, by name; `authorizations` are
    the headers of that name that it was sent.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: SSLContext | None = None,
    ) -> None:
        self._repositories = folder / "repositories"
        self._work_trees = folder / "work-trees"
        self._repositories.mkdir(parents=True)
        self._work_trees.mkdir()
        self.accounts: dict[str, tuple[str, str]] = {}
        self.moved: dict[str, str] = {}
        self.authorizations: list[str] = []
        self._server = _Server(self, self._repositories, (host, port), tls)
        self.address = f"{host}:{self._server.server_port}"
        self.url = f"{'https' if tls else 'http'}://{self.address}"

    def create(
        self, name: str, files: Files | None = None, *, private: tuple[str, str] | None = None
    ) -> GitRepository:
        """Make a repository with a first commit; `private` is the user and password it asks for."""
        if private is not None:
            self.accounts[name] = private
        repository = GitRepository(
            f"{self.url}/{name}.git",
            self._repositories / f"{name}.git",
            self._work_trees / name,
        )
        repository.commit(files or {"README.md": f"# {name}\n"}, message="First commit")
        return repository

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    @contextmanager
    def serving(self) -> Iterator[GitServer]:
        """Answer requests until the block ends."""
        thread = threading.Thread(target=self._serve, name="git-server", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@contextmanager
def serve_git(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None
) -> Iterator[GitServer]:
    """Run a git server whose repositories are kept in the folder; port 0 means a free one."""
    with GitServer(folder, host=host, port=port, tls=tls).serving() as server:
        yield server


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, owner: GitServer, root: Path, address: tuple[str, int], tls: SSLContext | None
    ) -> None:
        self.owner = owner
        self.root = root
        super().__init__(address, _GitHandler)
        if tls is not None:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )


class _GitHandler(BaseHTTPRequestHandler):
    """The CGI side of `git http-backend`."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        server = cast(_Server, self.server)
        url = urlsplit(self.path)
        repository = url.path.split("/")[1].removesuffix(".git")
        account = server.owner.accounts.get(repository)
        authorization = self.headers.get("Authorization")
        if authorization is not None:
            server.owner.authorizations.append(authorization)
        if account is not None and authorization != _basic(*account):
            self._refuse(401, "WWW-Authenticate", 'Basic realm="git"')
            return
        if repository in server.owner.moved:
            rest = self.path.removeprefix(f"/{repository}.git")
            self._refuse(302, "Location", server.owner.moved[repository] + rest)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        backend = subprocess.run(
            ["git", "http-backend"],
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            env={
                **_ENVIRONMENT,
                "GIT_PROJECT_ROOT": str(server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": self.command,
                "PATH_INFO": url.path,
                "QUERY_STRING": url.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        )
        self._send_cgi(backend.stdout)

    def _refuse(self, status: int, header: str, value: str) -> None:
        self.send_response(status)
        self.send_header(header, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_cgi(self, answer: bytes) -> None:
        """Pass on a CGI answer, whose status is a header."""
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode("latin-1").splitlines()]
        status = next((value for name, value in headers if name == "Status"), "200")
        self.send_response(int(status.split()[0]))
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
