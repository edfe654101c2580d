"""What browser tests may do to the deployment that they run on, over HTTP on loopback.

POST with a JSON object, below an address that is a secret; answers with a JSON object.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import quote, unquote

from dev.deployment import Deployment
from dev.git_server import GitRepository, GitServer
from dev.process import DevError, wait_until
from dev.relay import Relay

Body = dict[str, Any]


class Control:
    """Arranges what a test needs and what can go wrong; a method for each path."""

    def __init__(self, deployment: Deployment, git_server: GitServer, engine: Relay) -> None:
        self._deployment = deployment
        self._hub = deployment.hub
        self._git_server = git_server
        self._engine = engine
        self._repositories: dict[str, GitRepository] = {}
        # Clients ask from several threads, the Hub's tokens aside nothing here takes long.
        self._lock = threading.Lock()
        self.routes: list[tuple[str, Callable[..., Body]]] = [
            ("repositories", self.add_repository),
            ("repositories/([^/]+)/commits", self.commit),
            ("engine/cut", self.cut_engine),
            ("engine/restore", self.restore_engine),
            ("service/kill", self.kill_service),
            ("hub/tokens", self.make_token),
            ("sessions/expire", self.expire_sessions),
            ("users/([^/]+)/groups", self.change_groups),
            ("servers/stop", self.stop_servers),
        ]

    def answer(self, path: str, body: Body) -> Body | None:
        """The answer of the method that the path names, None when there is none."""
        for pattern, method in self.routes:
            if match := re.fullmatch(pattern, path):
                with self._lock:
                    return method(*map(unquote, match.groups()), **body)
        return None

    def add_repository(
        self, name: str, files: dict[str, str], private: dict[str, str] | None = None
    ) -> Body:
        """Make a git repository, which asks for a login if it is private."""
        login = (private["username"], private["password"]) if private else None
        repository = self._git_server.create(name, files, private=login)
        self._repositories[name] = repository
        return {"url": repository.url, "commit": repository.head}

    def commit(
        self,
        name: str,
        files: dict[str, str | None],
        message: str = "Change",
        branch: str | None = None,
        tag: str | None = None,
    ) -> Body:
        """Push a commit; a file that is null is removed."""
        repository = self._repositories[name]
        return {"commit": repository.commit(files, message=message, branch=branch, tag=tag)}

    def cut_engine(self) -> Body:
        """Take the container engine away from the service; servers still start."""
        self._engine.cut()
        return {}

    def restore_engine(self) -> Body:
        """Give the engine back."""
        self._engine.restore()
        return {}

    def kill_service(self) -> Body:
        """Kill the service; the Hub starts it again within some seconds."""
        pid = self._deployment.service_pid()
        os.kill(pid, signal.SIGKILL)
        return {"pid": pid}

    def make_token(self, user: str) -> Body:
        """A token with all that the user may do; the user is made if need be."""
        return {"token": self._hub.user_token(user)}

    def expire_sessions(self, user: str) -> Body:
        """Take back what browsers hold for services and servers in the user's name.

        The Hub's own login is in the cookie alone, so that the browser has to forget it.
        """
        path = f"users/{quote(user, safe='')}/tokens"
        tokens = self._ask("GET", path)["api_tokens"]
        ended = [token for token in tokens if token["oauth_client"] != "JupyterHub"]
        for client in {token["oauth_client"] for token in ended}:
            # One goes with all of the same client.
            first = next(token for token in ended if token["oauth_client"] == client)
            self._ask("DELETE", f"{path}/{first['id']}")
        return {"tokens": len(ended)}

    def change_groups(self, name: str, add: list[str] = [], remove: list[str] = []) -> Body:  # noqa: B006
        """Put a user into groups and take them out of others; groups are made if need be."""
        known = {group["name"] for group in self._ask("GET", "groups")}
        for group in [*add, *remove]:
            if group not in known:
                self._ask("POST", f"groups/{quote(group, safe='')}")
        for groups, method in ((add, "POST"), (remove, "DELETE")):
            for group in groups:
                path = f"groups/{quote(group, safe='')}/users"
                self._ask(method, path, {"users": [name]})
        return {"groups": self._ask("GET", f"users/{quote(name, safe='')}")["groups"]}

    def stop_servers(self, user: str | None = None) -> Body:
        """Stop the user's servers, or everybody's, and wait until they are gone."""
        stopped = 0
        for person in self._ask("GET", "users?state=active"):
            for server in person["servers"]:
                if user in (None, person["name"]):
                    self._stop_server(person["name"], server)
                    stopped += 1
        return {"servers": stopped}

    def _stop_server(self, user: str, server: str) -> None:
        path = f"users/{quote(user, safe='')}/servers/{quote(server, safe='')}"

        def gone() -> bool:
            # 400 while it starts or stops, 404 when a named one is gone.
            answer = self._hub.api("DELETE", path if server else path.replace("servers/", "server"))
            return answer.status_code in (204, 404)

        wait_until(gone, timeout=60, what=f"{user}'s server {server!r} did not stop")

    def _ask(self, method: str, path: str, json: Body | None = None) -> Any:
        answer = self._hub.api(method, path, json=json)
        if not answer.ok:
            raise DevError(f"The Hub answered {answer.status_code} to {method} {path}")
        return answer.json() if answer.content else None


@contextmanager
def serve_control(control: Control) -> Iterator[str]:
    """Serve until the block ends; gives the address."""
    server = _Server(control)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{server.prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, control: Control) -> None:
        self.control = control
        self.prefix = f"/{secrets.token_urlsafe(16)}/"
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast(_Server, self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith(server.prefix):
            self._send(404, {"message": "Not found."})
            return
        path = self.path.removeprefix(server.prefix)
        try:
            answer = server.control.answer(path, json.loads(body or b"{}"))
        except Exception as error:
            # Whatever it is, the test that asked is to show it.
            self._send(500, {"message": f"{type(error).__name__}: {error}"})
            return
        if answer is None:
            self._send(404, {"message": f"There is no {path}."})
        else:
            self._send(200, answer)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _send(self, status: int, answer: Body) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
