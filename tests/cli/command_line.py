"""The command as a person at a terminal runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from dev.process import wait_until

COMMAND = [sys.executable, "-m", "tljh_envbuilder"]
WITHIN = 240  # seconds


@dataclass
class Server:
    """What `run` has started."""

    url: str
    container: str

    def api(self, method: str, path: str, **request: Any) -> requests.Response:
        """Ask Jupyter."""
        origin, _, rest = self.url.partition("/lab")
        token = rest.partition("token=")[2]
        headers = {"Authorization": f"token {token}"}
        answer = requests.request(
            method, f"{origin}/api/{path}", headers=headers, timeout=30, **request
        )
        answer.raise_for_status()
        return answer

    def save(self, path: str, text: str) -> None:
        """Write a file, as a person does in JupyterLab."""
        content = {"type": "file", "format": "text", "content": text}
        self.api("PUT", f"contents/{path}", json=content)


@dataclass
class CommandLine:
    """Runs commands with a home, an engine and, perhaps, a user of their own."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path, cwd: Path | None = None) -> Finished:
        """Run it to its end."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=cwd or self.home,
            env=self._env(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=WITHIN,
            check=False,
            **self.user,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def server(self, *arguments: str | Path, cwd: Path | None = None) -> Iterator[Server]:
        """Run `run` until the block ends, and then press Ctrl-C."""
        process = self.start("run", *arguments, "--no-open", "--json", cwd=cwd)
        try:
            yield self.started(process)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=120)
        assert code == 130, self.errors

    def start(self, *arguments: str | Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        """Start it; what it writes is in `output` and `errors`."""
        with (self.home / "output").open("wb") as stdout, (self.home / "errors").open("wb") as err:
            return subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=cwd or self.home,
                env=self._env(),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=err,
                start_new_session=True,
                **self.user,
            )

    def started(self, process: subprocess.Popen[bytes]) -> Server:
        """The server of a `run --json`, as soon as it answers."""
        wait_until(
            lambda: self.output.endswith("\n") or process.poll() is not None,
            timeout=WITHIN,
            what="no server",
        )
        assert process.poll() is None, self.errors
        said = json.loads(self.output)
        return Server(said["url"], said["container"])

    @property
    def output(self) -> str:
        """What was written to stdout so far."""
        return (self.home / "output").read_text()

    @property
    def errors(self) -> str:
        """What was written to stderr so far."""
        return (self.home / "errors").read_text()

    def _env(self) -> dict[str, str]:
        env = {**os.environ, "HOME": str(self.home), **self.environment}
        env.pop("SSH_AUTH_SOCK", None) if "SSH_AUTH_SOCK" not in self.environment else None
        return env


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    output: str
    errors: str

    @property
    def result(self) -> Any:
        """What it wrote as JSON."""
        assert self.code == 0, self.errors
        return json.loads(self.output)
