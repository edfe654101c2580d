"""Credentials open a private repository, and are in no place where anybody would find them."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitServer
from dev.ssh_server import SshServer, make_key
from tests.leaks.evidence import Evidence, Recorder, gather
from tests.leaks.marks import forms, forms_of_key, found_in
from tests.leaks.processes import ProcessSampler
from tests.live.service import ADMIN, BUILDER, Deployment

pytestmark = pytest.mark.timeout(600)

PLACES = [
    "the image",
    "what the engine says of the image",
    "arguments and environments of processes",
    "answers",
    "the log of the Hub and the service",
    "the state folder",
    "the database",
    "the logs of builds",
    "the Hub's folder",
    "the folder of the fetch workers",
]


@dataclass(frozen=True)
class Case:
    """What is left of some builds, and what must not be there."""

    evidence: Evidence
    marks: set[bytes]

    @property
    def statuses(self) -> list[str]:
        return [build["status"] for build in self.evidence.builds]

    def found(self, place: str) -> list[bytes]:
        return found_in(self.evidence.places[place], self.marks)


class Life:
    """The life of an environment, from when it is added, while all is being watched."""

    def __init__(self, deployment: Deployment, engine: docker.DockerClient, folder: Path) -> None:
        self.builder = Recorder(deployment.client(BUILDER))
        self.admin = Recorder(deployment.client(ADMIN))
        self.name = f"env-{uuid4().hex[:8]}"
        self.builds: list[dict[str, Any]] = []
        self.processes = ProcessSampler()
        self._deployment, self._engine, self._folder = deployment, engine, folder

    def add(self, repo_url: str, **fields: Any) -> None:
        self._build("api/environments", {"name": self.name, "repo_url": repo_url, **fields})

    def rebuild(self, **fields: Any) -> None:
        self._build(f"api/environments/{self.name}/builds", fields)

    def change(self, **fields: Any) -> None:
        answer = self.builder.ask("PATCH", f"api/environments/{self.name}", fields)
        assert answer.status_code == 200

    def evidence(self) -> Evidence:
        for build in self.builds:
            for recorder in (self.builder, self.admin):
                recorder.ask_everything(self.name, build["id"])
        recorders = [self.builder, self.admin]
        return gather(
            self._deployment, self._engine, recorders, self.processes, self.builds, self._folder
        )

    def _build(self, path: str, fields: dict[str, Any]) -> None:
        with self.processes:
            assert self.builder.ask("POST", path, fields).status_code == 202
            self.builds.append(self.builder.ended(self.name))


LifeOf = Callable[[], Life]


def files(image: str) -> dict[str, str]:
    """Of a repository that builds within seconds."""
    return {"Dockerfile": f"FROM {image}\nRUN echo {uuid4().hex}\n", "README.md": "# Private\n"}


def marked(name: str) -> str:
    """A secret that looks otherwise once it is quoted or put in JSON."""
    return f'{name}-{secrets.token_hex(8)}/:@ &%+"'


@pytest.fixture(scope="module")
def life(deployment: Deployment, engine: docker.DockerClient, folder: Path) -> LifeOf:
    return lambda: Life(deployment, engine, folder)


@pytest.fixture(scope="module")
def https(life: LifeOf, https_server: GitServer, singleuser_image: str) -> Case:
    """A password: typed into the address, wrong, remembered, and in requests that are refused."""
    password, wrong = marked("password"), marked("wrong")
    account = ("ada", password)
    repository = https_server.create("private", files(singleuser_image), private=account)
    login = f"ada:{quote(password, safe='')}"
    typed = repository.url.replace("https://", f"https://{login}@")
    env = life()
    env.add(typed)
    env.rebuild()
    env.change(credentials={"username": "ada", "password": wrong, "remember": True})
    env.rebuild()
    env.change(credentials={"username": "ada", "password": password, "remember": True})
    env.rebuild(no_cache=True)
    for refused in (
        {"repo_url": typed, "credentials": {"username": "ada", "password": password}},
        {"repo_url": typed + "?x"},
        {"repo_url": repository.url, "credentials": {"ssh_key": password}},
        {"repo_url": repository.url, "credentials": password},
        {"repo_url": f"git://{login}@127.0.0.1/x"},
    ):
        fields = {"name": f"{env.name}-refused", **refused}
        assert env.builder.ask("POST", "api/environments", fields).status_code == 400
        assert env.builder.ask("POST", "api/repository/refs", refused).status_code == 400
    _list_refs(env, typed, repository.url, wrong=quote(wrong, safe=""))
    return Case(env.evidence(), forms(password) | forms(wrong))


def _list_refs(env: Life, typed: str, plain: str, *, wrong: str) -> None:
    """The branches and tags: with the password, with a wrong one, and with what is remembered."""
    mistyped = plain.replace("https://", f"https://ada:{wrong}@")
    for request, status in (
        ({"repo_url": typed}, 200),
        ({"repo_url": mistyped}, 400),
        ({"repo_url": plain, "environment": env.name}, 200),
    ):
        with env.processes:
            answer = env.builder.ask("POST", "api/repository/refs", request)
        assert answer.status_code == status, answer.text


@pytest.fixture(scope="module")
def ssh(
    life: LifeOf,
    git_server: GitServer,
    ssh_server: SshServer,
    singleuser_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    """A key with a marked comment: remembered, for a build that succeeds and one that fails."""
    folder, comment = tmp_path_factory.mktemp("key"), f"comment-{secrets.token_hex(8)}"
    ssh_server.allow(make_key(folder / "key", comment=comment))
    key = (folder / "key").read_text()
    repository = git_server.create(f"by-key-{uuid4().hex[:8]}", files(singleuser_image))
    env = life()
    env.add(ssh_server.url(repository), credentials={"ssh_key": key, "remember": True})
    env.rebuild(ref="no-such-branch")
    env.rebuild(credentials={"ssh_key": key}, no_cache=True)
    return Case(env.evidence(), forms_of_key(key) | forms(comment))


@pytest.fixture(scope="module")
def planted(life: LifeOf, git_server: GitServer, singleuser_image: str, folder: Path) -> Case:
    """What a leak looks like: marks in all places, each in another form."""
    secret = marked("planted")
    quoted, encoded = quote(secret, safe=""), b64encode(f"ada:{secret}".encode()).decode()
    dockerfile = f"FROM {singleuser_image}\nLABEL login={encoded}\nRUN echo {quoted} | tee /tmp/x\n"
    repository = git_server.create(f"planted-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    env = life()
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", f"https://ada:{quoted}@host/"]
    sleeping = subprocess.Popen(sleep)
    try:
        env.add(repository.url, description=secret)
    finally:
        sleeping.kill()
        sleeping.wait()
    assert env.admin.ask("GET", f"api/environments/{quoted}").status_code == 404
    (folder / "work").mkdir(exist_ok=True)
    left = folder / "work/planted"
    left.write_text(encoded)
    evidence = env.evidence()
    left.unlink()
    return Case(evidence, forms(secret))


@pytest.fixture(params=["https", "ssh"])
def case(request: pytest.FixtureRequest) -> Case:
    return request.getfixturevalue(request.param)


def test_the_builds_went_as_they_should(https: Case, ssh: Case) -> None:
    assert https.statuses == ["built", "failed", "failed", "built"]
    errors = [build["error"] for build in https.evidence.builds]
    assert "asks for a login" in errors[1]
    assert "refuses the login" in errors[2]
    assert ssh.statuses == ["built", "failed", "built"]


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_in(case: Case, place: str) -> None:
    assert case.found(place) == []


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_would_be_found_in(planted: Case, place: str) -> None:
    assert planted.statuses == ["built"]
    assert planted.found(place) != []


def test_the_processes_that_had_the_secret_were_looked_at(https: Case, ssh: Case) -> None:
    place = "arguments and environments of processes"
    assert b"git-remote-https" in https.evidence.places[place]
    assert b"ssh\0-F\0" in ssh.evidence.places[place]


def test_the_image_has_no_git_folder_and_nothing_of_the_workers(case: Case) -> None:
    image = case.evidence.places["the image"]
    assert isinstance(image, Path)
    names = set(names_in_layers(image))
    assert "srv/repo/README.md" in names
    assert not [name for name in names if name.startswith("srv/repo/.git")]
    secret_files = {".git-credentials", "ssh_key", "git_login", "known_hosts"}
    assert not {Path(name).name for name in names} & secret_files


def names_in_layers(image: Path) -> list[str]:
    names = []
    with tarfile.open(image) as saved:
        for member in saved.getmembers():
            layer = saved.extractfile(member)
            if layer is not None and tarfile.is_tarfile(layer):
                layer.seek(0)
                with tarfile.open(fileobj=layer) as content:
                    names += content.getnames()
    return names
