"""What is sent for each row of access_table.py, and what it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from dev.git_server import GitServer
from tests.live.access_callers import VISIBILITIES, Caller
from tests.live.access_table import Row
from tests.live.service import BUILDER, Client, Deployment

#: No build has this number.
NO_BUILD = 999_999


@dataclass(frozen=True)
class Target:
    """An environment that is asked for, and a build of it that was cancelled; or names of none."""

    name: str
    build: int

    @property
    def missing(self) -> Target:
        """What is not there, with a name as long as this one's."""
        return Target(f"missing{self.name[7:]}", NO_BUILD)

    def hidden_in(self, text: str) -> str:
        """The text, without what tells this one from another."""
        return re.sub(rf"\b{self.build}\b", "ID", text.replace(self.name, "NAME"))


class Targets:
    """An environment of the owner's for each visibility, whose builds wait as long as the tests."""

    def __init__(self, owner: Client, repo_url: str, built: dict[str, Any]) -> None:
        self.owner = owner
        self.repo_url = repo_url
        #: For everyone, and the only one that a server could start from.
        self.built = built
        self.standing = {kind: self._with_ended_build(self.new(kind)) for kind in VISIBILITIES}

    def new(self, kind: str) -> Target:
        """A further environment, to be thrown away."""
        name = f"target-{kind}-{uuid4().hex[:8]}"
        added = self.owner.add(self.repo_url, name=name, visibility=VISIBILITIES[kind])
        return Target(name, added["last_build"]["id"])

    def secret(self, target: Target) -> str:
        """What a forge would know."""
        return self.owner.get(f"api/environments/{target.name}/webhook").json()["secret"]

    def _with_ended_build(self, target: Target) -> Target:
        assert self.owner.post(f"api/builds/{target.build}/cancel").status_code == 202
        assert self.owner.post(f"api/environments/{target.name}/builds").status_code == 202
        return target


@contextmanager
def targets(deployment: Deployment, git_server: GitServer, image: str) -> Iterator[Targets]:
    """The environments; the queue must run one build at a time, and is held up by one."""
    owner = deployment.client(BUILDER)
    quick = git_server.create(f"quick-{uuid4().hex[:8]}", {"Dockerfile": f"FROM {image}\n"})
    slow = git_server.create(
        f"slow-{uuid4().hex[:8]}", {"Dockerfile": f"FROM {image}\nRUN sleep 900 # {uuid4().hex}\n"}
    )
    built = owner.built(owner.add(quick.url))
    running = owner.add(slow.url, visibility={"users": []})["last_build"]["id"]
    try:
        yield Targets(owner, quick.url, built)
    finally:
        owner.post(f"api/builds/{running}/cancel")


Make = Callable[[Targets, Target], Any]


@dataclass(frozen=True)
class Request:
    """What goes with the method and the path."""

    body: Make | None = None
    headers: Make | None = None
    #: Whether what is allowed is done, and therefore to a target of its own.
    is_done: bool = False
    #: Whether the answer goes on, so that only its beginning is read.
    is_stream: bool = False


def _unfit_for_ssh(**more: str) -> dict[str, Any]:
    """A look at a repository that does not take place: a password is nothing for ssh."""
    credentials = {"username": "somebody", "password": "something"}
    return {"repo_url": "ssh://git@host.invalid/x", "credentials": credentials, **more}


def _launch(target: Target) -> dict[str, Any]:
    user = {"name": "somebody", "groups": [], "admin": True}
    return {"user": user, "environment": target.name}


#: By row; what is not here is sent bare. A status says why a request that is allowed does nothing.
REQUESTS: dict[str, Request] = {
    "POST api/environments": Request(
        lambda targets, _: {"name": f"new-{uuid4().hex[:8]}", "repo_url": targets.repo_url}
    ),
    # Names are there once, and part of images' names: whoever may add finds out which are taken.
    "POST api/environments (name taken)": Request(  # 409: it is
        lambda targets, target: {"name": target.name, "repo_url": targets.repo_url}
    ),
    "PATCH api/environments/{name}": Request(lambda *_: {"description": "Has been changed."}),
    "DELETE api/environments/{name}": Request(is_done=True),
    "DELETE api/environments/{name}?force=true": Request(is_done=True),
    "POST api/environments/{name}/builds": Request(),  # 409: one is queued
    "POST api/environments/{name}/rollback": Request(  # 409: it is not a build of this environment
        lambda *_: {"build": NO_BUILD}
    ),
    "POST api/environments/{name}/copy": Request(  # 409: the name is taken
        lambda _, target: {"name": target.name}
    ),
    "POST api/environments/{name}/publish": Request(),  # 409: there is no build to publish
    "POST api/hooks/{name} (secret)": Request(
        headers=lambda targets, target: {"X-Webhook-Secret": targets.secret(target)}
    ),
    "POST api/repository/refs": Request(lambda *_: _unfit_for_ssh()),  # 400: see there
    "POST api/repository/refs (of environment)": Request(
        lambda _, target: _unfit_for_ssh(environment=target.name)
    ),
    "POST api/builds/{id}/cancel": Request(),  # 409: it has ended
    "POST api/builds/{id}/restore": Request(),  # 409: it never had an image
    "GET api/builds/{id}/log (stream)": Request(
        headers=lambda *_: {"Accept": "text/event-stream"}, is_stream=True
    ),
    "GET api/events": Request(is_stream=True),
    "POST api/servers": Request(lambda _, target: {"environment": target.name}),  # 409: not built
    "POST api/servers (build)": Request(  # 409: it was cancelled
        lambda _, target: {"environment": target.name, "build": target.build}
    ),
    "PUT api/registries/{registry}": Request(lambda *_: {"username": "me", "password": "secret"}),
    "POST api/servers (built)": Request(
        lambda targets, _: {"environment": targets.built["name"], "server_name": "never"}
    ),
    "DELETE api/servers/{server_name}": Request(),  # 404: there is no such server
    "GET api/server-progress": Request(is_stream=True),  # 404: nor one that starts
    "POST api/launch/options": Request(lambda *_: {"user": {"name": "somebody"}}),
    "POST api/launch/resolve": Request(lambda _, target: _launch(target)),  # 409: not built
}
#: Rows that name an environment in what they send.
_NAMED_INSIDE = {
    "POST api/environments (name taken)",
    "POST api/repository/refs (of environment)",
    "POST api/servers",
    "POST api/servers (build)",
    "POST api/launch/resolve",
}


def has_target(row: Row) -> bool:
    """Whether the row is about one environment."""
    return str(row) in _NAMED_INSIDE or "{name}" in row.path or "{id}" in row.path


def path_of(row: Row, target: Target) -> str:
    """The row's path with names in it."""
    return row.path.format(
        name=target.name,
        id=target.build,
        server_name="no-such-server",
        registry="registry.invalid:5000",
    )


def send(caller: Caller, row: Row, targets: Targets, target: Target) -> requests.Response:
    """Ask what the row says; of an answer that goes on, only the status is of use."""
    request = REQUESTS.get(str(row), Request())
    answer = caller.ask(
        row.method,
        path_of(row, target),
        json=request.body(targets, target) if request.body else None,
        headers=request.headers(targets, target) if request.headers else None,
        stream=request.is_stream,
    )
    if request.is_stream and answer.status_code == 200:
        answer.close()
    return answer
