"""A real JupyterHub with its real proxy, and whatever services its configuration adds."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from dev.process import DevError, free_port, server_process, wait_until

CHECKOUT = Path(__file__).parent.parent

# Set after the configuration given, which may add to these lists and does not know of ours.
_SETTINGS = """\
c = get_config()  # noqa

{config}

c.JupyterHub.bind_url = {bind_url!r}
c.JupyterHub.hub_bind_url = {hub_bind_url!r}
c.JupyterHub.db_url = {db_url!r}
c.JupyterHub.cookie_secret_file = {cookie_secret_file!r}
c.ConfigurableHTTPProxy.api_url = {proxy_api_url!r}
c.ConfigurableHTTPProxy.auth_token = {proxy_token!r}
c.ConfigurableHTTPProxy.pid_file = {pid_file!r}
c.JupyterHub.services.append({{"name": "hub-process", "api_token": {token!r}}})
c.JupyterHub.load_roles.append(
    {{
        "name": "hub-process",
        "scopes": ["admin:users", "admin:groups", "admin:servers", "tokens", "read:services"],
        "services": ["hub-process"],
    }}
)
"""


class HubProcess:
    """A Hub with its state in a folder of its own; a context manager, or `start()` and `stop()`.

    `config` is the text of a jupyterhub_config.py without addresses and databases. `hub_address`
    is where the Hub listens, which is what servers and services call back: containers need
    `dev.engine.bridge_address()`. The folder is made and removed here unless one is given, and
    `program` is the jupyterhub of this Python.
    """

    def __init__(
        self,
        config: str,
        *,
        hub_address: str = "127.0.0.1",
        base_url: str = "/",
        folder: Path | None = None,
        port: int | None = None,
        env: Mapping[str, str] | None = None,
        program: Path | None = None,
    ) -> None:
        self._config = config
        self._program = program or Path(sys.executable).with_name("jupyterhub")
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="envbuilder-hub-", dir="/var/tmp"))
        # The fetch worker and other unprivileged parts reach what is theirs below it.
        self.folder.chmod(0o755)
        self.origin = f"http://127.0.0.1:{port or free_port()}"
        self.url = f"{self.origin}{base_url}"
        self.api_url = f"{self.url}hub/api"
        self.log_path = self.folder / "hub.log"
        self.token = secrets.token_hex(16)
        self.hub_bind_url = f"http://{hub_address}:{free_port(hub_address)}"
        self._env = {**os.environ, **_paths(), **(env or {})}
        self._running = ExitStack()
        self._started: set[tuple[int, str]] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> HubProcess:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start, also again after `stop()`, and wait until the Hub answers through the proxy."""
        config = self.folder / "jupyterhub_config.py"
        config.touch(mode=0o600)
        config.write_text(self._settings())
        self._process = self._running.enter_context(
            server_process(
                [self._program, f"--config={config}"],
                log=self.log_path,
                ready=self._answers,
                timeout=240,
                cwd=self.folder,
                env=self._env,
            )
        )
        self._started = _descendants(self._process.pid)

    def kill(self) -> None:
        """End the Hub alone as a crash does; its proxy and its services are left behind."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Let the Hub end itself and what it runs, then end what is left of that."""
        if self._process is not None:
            self._started |= _descendants(self._process.pid)
        self._running.close()
        # A Hub that could not start leaves its proxy behind.
        with suppress(FileNotFoundError, ValueError):
            proxy = int((self.folder / "proxy.pid").read_text())
            if b"configurable-http-proxy" in Path(f"/proc/{proxy}/cmdline").read_bytes():
                os.kill(proxy, signal.SIGKILL)
        for pid, started in self._started:
            if _start_time(pid) == started:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._started = set()
        self._process = None

    def close(self) -> None:
        """Stop, and remove the folder if it was made here."""
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def api(
        self, method: str, path: str, *, token: str | None = None, json: Any = None
    ) -> requests.Response:
        """Ask the Hub's REST API, as an administrator unless another token is given."""
        return requests.request(
            method,
            f"{self.api_url}/{path.lstrip('/')}",
            headers={"Authorization": f"token {token or self.token}"},
            json=json,
            timeout=120,
        )

    def user_token(
        self, username: str, *, scopes: list[str] | None = None, admin: bool = False
    ) -> str:
        """A token of the user (made if need be) with those scopes, or with all the user has."""
        user = f"users/{quote(username, safe='')}"
        created = self.api("POST", user, json={"admin": admin})
        if created.status_code not in (201, 409):
            created.raise_for_status()
        answer = self.api("POST", f"{user}/tokens", json={"scopes": scopes} if scopes else {})
        answer.raise_for_status()
        return str(answer.json()["token"])

    def wait_for_service(self, name: str, path: str = "", *, timeout: float = 240) -> None:
        """Return when the service answers below the public address; `timeout` is in seconds."""
        url = f"{self.url}services/{name}/{path}"

        def ready() -> bool:
            with suppress(requests.ConnectionError, requests.Timeout):
                return requests.get(url, timeout=5, allow_redirects=False).status_code < 500
            return False

        wait_until(
            ready, timeout=timeout, what=f"service {name} did not answer (see the Hub's log)"
        )

    def _answers(self) -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(f"{self.api_url}/", timeout=5).status_code == 200
        return False

    def _settings(self) -> str:
        return _SETTINGS.format(
            config=self._config,
            bind_url=self.url,
            hub_bind_url=self.hub_bind_url,
            db_url=f"sqlite:///{self.folder / 'jupyterhub.sqlite'}",
            cookie_secret_file=str(self.folder / "cookie_secret"),
            proxy_api_url=f"http://127.0.0.1:{free_port()}",
            proxy_token=secrets.token_hex(16),
            pid_file=str(self.folder / "proxy.pid"),
            token=self.token,
        )


def _paths() -> dict[str, str]:
    """Where the Hub finds the proxy, and this package where it is not installed."""
    folder = subprocess.run(
        [CHECKOUT / "dev" / "folder"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    places = [Path(folder, "node_modules/.bin"), Path(sys.executable).parent]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)])
    if shutil.which("configurable-http-proxy", path=path) is None:
        raise DevError("No configurable-http-proxy here: `npm install` it, or `make setup`.")
    try:
        distribution("tljh-envbuilder")
    except PackageNotFoundError:
        return {"PATH": path, "PYTHONPATH": str(CHECKOUT)}
    return {"PATH": path}


def _descendants(pid: int) -> set[tuple[int, str]]:
    """The processes below this one, with their start times: a pid alone is used again."""
    children: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        if stat := _stat(int(process.name)):
            children.setdefault(int(stat[1]), []).append(int(process.name))
    found: set[tuple[int, str]] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add((child, _start_time(child)))
            waiting.append(child)
    return found


def _start_time(pid: int) -> str:
    """When the process started, in the kernel's own clock; empty when it is gone."""
    stat = _stat(pid)
    return stat[19] if stat else ""


def _stat(pid: int) -> list[str]:
    """The kernel's fields on a process, from its state on (proc(5)); empty when it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []
