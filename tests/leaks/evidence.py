"""Everything that is left of a build, in all places where a secret could have gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import requests

from tests.leaks.marks import Place
from tests.leaks.processes import ProcessSampler
from tests.live.service import Client, Deployment

STREAMS = {"/api/events", "/api/server-progress"}


@dataclass
class Recorder:
    """Somebody with a token, whose every answer is kept."""

    client: Client
    answers: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, json: Any = None) -> requests.Response:
        answer = self.client.request(method, path, json=json)
        self.answers.append(f"{method} {answer.status_code} {answer.headers}\n{answer.text}")
        return answer

    def ended(self, environment: str) -> dict[str, Any]:
        """The last build of the environment once it has ended, whose events are kept as well."""
        build = self.client.environment(environment)["last_build"]["id"]
        self.answers.extend(repr(event) for event in self.client.events(build))
        return self.client.build(build)

    def ask_everything(self, environment: str, build: int) -> None:
        """Every GET that the contract has."""
        for path, methods in self.client.get("api/openapi.json").json()["paths"].items():
            if "get" in methods and path not in STREAMS:
                self.ask("GET", path.strip("/").format(name=environment, id=build))


@dataclass(frozen=True)
class Evidence:
    """The places, by name."""

    places: dict[str, Place]
    builds: list[dict[str, Any]]


def gather(
    deployment: Deployment,
    engine: docker.DockerClient,
    recorders: list[Recorder],
    processes: ProcessSampler,
    builds: list[dict[str, Any]],
    folder: Path,
) -> Evidence:
    """Collect what there is; the image is that of the first build."""
    image = builds[0]["image"]
    saved = folder / f"{builds[0]['environment']}.tar"
    with saved.open("wb") as file:
        file.writelines(engine.images.get(image).save(chunk_size=2**20))
    described = [engine.api.inspect_image(image), engine.api.history(image)]
    places: dict[str, Place] = {
        "the image": saved,
        "what the engine says of the image": json.dumps(described).encode(),
        "arguments and environments of processes": processes.seen,
        "answers": "\n".join(answer for each in recorders for answer in each.answers).encode(),
        "the log of the Hub and the service": deployment.hub.log_path.read_bytes(),
        "the state folder": b"\n".join(_files_in(deployment.state_dir)),
        "the database": b"\n".join(_files_in(deployment.state_dir, "*.sqlite*")),
        "the logs of builds": b"\n".join(_files_in(deployment.state_dir / "logs")),
        "the Hub's folder": b"\n".join(_files_in(deployment.hub.folder)),
        "the folder of the fetch workers": b"\n".join(_files_in(folder / "work")),
    }
    return Evidence(places, builds)


def _files_in(folder: Path, pattern: str = "*") -> Iterator[bytes]:
    for path in folder.rglob(pattern):
        yield str(path).encode()
        if path.is_file():
            yield path.read_bytes()
