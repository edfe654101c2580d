"""Each route, each method, each kind of caller: access_table.py is true, and it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import requests
from tornado.web import RequestHandler

from dev.git_server import GitServer
from dev.server_sent_events import read_events
from tests.live.access_callers import HUB_EXTRA, USERS, VISIBILITIES, Caller, callers
from tests.live.access_requests import REQUESTS, Target, Targets, has_target, path_of, send, targets
from tests.live.access_table import KINDS, ROWS, Row
from tests.live.conftest import make_deployment
from tests.live.service import Deployment
from tljh_envbuilder.web.application import make_application
from tljh_envbuilder.web.pages import PAGES

PREFIX = "/services/envbuilder/"
METHODS = frozenset(RequestHandler.SUPPORTED_METHODS)
SOMETHING = Target("something", 1)
#: Whom the service does not let in whatever they ask for: one environment will do.
OUTSIDE = {"nobody", "refused", "hub"}


@pytest.fixture(scope="module")
def deployment(hub_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A Hub with everybody of the table, and a service that builds one thing at a time."""
    with make_deployment(
        tmp_path_factory.mktemp("access"),
        hub_address,
        hub_extra=HUB_EXTRA,
        service_extra="c.BuildQueue.concurrency = 1\n",
    ) as live:
        yield live


@pytest.fixture(scope="module")
def everybody(deployment: Deployment) -> list[Caller]:
    return callers(deployment)


@pytest.fixture(scope="module")
def world(
    deployment: Deployment, git_server: GitServer, singleuser_image: str
) -> Iterator[Targets]:
    with targets(deployment, git_server, singleuser_image) as made:
        yield made


def by_name(everybody: list[Caller], name: str) -> Caller:
    return next(caller for caller in everybody if caller.name == name)


def allowed(everybody: list[Caller], name: str) -> list[Caller]:
    """Those who may do what the row is about."""
    [row] = [row for row in ROWS if str(row) == name]
    return [each for each in everybody if row.answer(each.column, sees=True) == row.allowed]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_caller_gets_what_the_table_says(
    world: Targets, everybody: list[Caller], row: Row
) -> None:
    wrong = []
    for caller in everybody:
        for kind in KINDS if has_target(row) and caller.column not in OUTSIDE else KINDS[:1]:
            expected = row.answer(caller.column, sees=kind in caller.sees)
            if expected is not None:
                wrong += problems(world, row, caller, kind, expected)
    assert not wrong, f"{row}\n" + "\n".join(wrong)


def problems(world: Targets, row: Row, caller: Caller, kind: str, expected: int) -> Iterator[str]:
    """What is not as the table says when this caller asks for an environment of this kind."""
    is_allowed = expected == row.allowed
    is_done = is_allowed and str(row) in REQUESTS and REQUESTS[str(row)].is_done
    target = world.new(kind) if is_done else world.standing[kind]
    answer = send(caller, row, world, target)
    who = f"{caller}, environment for {kind}" if has_target(row) else str(caller)
    if answer.status_code != expected:
        yield f"{who}: {answer.status_code} instead of {expected}: {answer.text[:300]}"
    elif has_target(row) and kind not in caller.sees and expected >= 400 and not is_allowed:
        missing = shown(send(caller, row, world, target.missing), target.missing)
        if (hidden := shown(answer, target)) != missing:
            yield f"{who}: {dict(hidden - missing)}, if it were not there {dict(missing - hidden)}"


def shown(answer: requests.Response, target: Target) -> set[tuple[str, str]]:
    """All that an answer tells, without the names that were in the question."""
    told = {
        name.lower(): target.hidden_in(value)
        for name, value in answer.headers.items()
        if name.lower() not in {"date", "content-length"}
    }
    told |= {"status": str(answer.status_code), "body": target.hidden_in(answer.text)}
    return set(told.items())


@dataclass(frozen=True)
class Rule:
    """What Tornado was told to serve: which paths, and with which methods."""

    pattern: re.Pattern[str]
    methods: frozenset[str]


def methods_of(handler: type[RequestHandler]) -> frozenset[str]:
    nothing = RequestHandler._unimplemented_method
    return frozenset(each for each in METHODS if getattr(handler, each.lower()) is not nothing)


@cache
def rules() -> list[Rule]:
    """All of the application: the routes, the pages and whatever else is there."""
    services: Any = SimpleNamespace(prefix=PREFIX)
    application = make_application(services, b"")
    return [
        Rule(rule.matcher.regex, methods_of(rule.target))
        for rule in application.wildcard_router.rules
    ]


def address(row: Row) -> str:
    """Where the row asks."""
    path = path_of(row, SOMETHING).partition("?")[0]
    return PREFIX.rstrip("/") if path == "." else PREFIX + path.removeprefix("./")


def rule_of(row: Row) -> Rule:
    found = (rule for rule in rules() if rule.pattern.match(address(row)))
    return next(found, Rule(re.compile(""), frozenset()))


def test_the_table_has_each_method_of_each_route() -> None:
    covered = {(row.method, rule_of(row)) for row in ROWS}
    missing = [
        f"{method} {rule.pattern.pattern}"
        for rule in rules()
        for method in sorted(rule.methods)
        if (method, rule) not in covered
    ]
    assert not missing, (
        "Who may do this, and who may not? Add a row to tests/live/access_table.py for each, and "
        f"to access_requests.py what it sends, if that is anything: {missing}"
    )


@pytest.mark.parametrize("page", PAGES.split("|"))
def test_the_table_has_each_page(page: str) -> None:
    addresses = [address(row) for row in ROWS if row.path.startswith("./")]
    assert any(re.fullmatch(PREFIX + page, each) for each in addresses), (
        f"Who gets the page {page!r}? Add a row `GET ./…` to tests/live/access_table.py."
    )


def test_the_table_has_nothing_else() -> None:
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)
    assert not REQUESTS.keys() - set(names), "access_requests.py has what access_table.py has not"
    for row in ROWS:
        is_served = row.method in rule_of(row).methods
        assert is_served or row.path == "nothing", f"No route has {row}: take it out of the table"


def test_what_a_route_does_not_have_nobody_may(everybody: list[Caller]) -> None:
    asked = [by_name(everybody, name) for name in ("nobody", "admin", "the Hub")]
    for row in {address(row): row for row in ROWS}.values():
        for method in METHODS - rule_of(row).methods:
            for caller in asked:
                status = caller.ask(method, path_of(row, SOMETHING)).status_code
                refused = {401, 403, 404, 405} | ({302} if caller.column == "nobody" else set())
                assert status in refused, f"{method} {row.path} by {caller}: {status}"


def test_a_list_has_what_one_sees_and_counts_nothing_else(
    world: Targets, everybody: list[Caller]
) -> None:
    for caller in allowed(everybody, "GET api/environments"):
        for kind, target in world.standing.items():
            listed = caller.ask("GET", f"api/environments?q={target.name}").json()
            expected = [target.name] if kind in caller.sees else []
            assert [item["name"] for item in listed["items"]] == expected, (caller.name, kind)
            assert listed["total"] == len(expected), (caller.name, kind)


def test_events_tell_each_caller_of_what_they_see_and_of_nothing_else(
    world: Targets, everybody: list[Caller]
) -> None:
    readers = allowed(everybody, "GET api/events")
    owner = world.owner
    with ExitStack() as stack:
        streams = [
            stack.enter_context(reader.ask("GET", "api/events", stream=True)) for reader in readers
        ]
        changed = {kind: world.new(kind) for kind in KINDS}
        for target in changed.values():
            path = f"api/environments/{target.name}"
            assert owner.patch(path, {"description": "Has been changed."}).status_code == 200
            assert owner.post(f"api/builds/{target.build}/cancel").status_code == 202
            assert owner.delete(path).status_code == 204
        last = world.built["name"]  # for everyone
        assert owner.patch(f"api/environments/{last}", {"description": "."}).status_code == 200
        for reader, stream in zip(readers, streams, strict=True):
            told = set()
            for event in read_events(stream):
                if event.data["environment"] == last:
                    break
                told.add((event.data["environment"], event.name))
            expected = {
                (changed[kind].name, name)
                for kind in reader.sees
                for name in ("environment", "build", "deleted")
            }
            assert told == expected, reader.name


#: Users as the Hub describes them to this service when they start a server.
AS_THE_HUB_SAYS: dict[str, dict[str, Any]] = {
    "stranger": {},
    "member": {"groups": ["class", "named"]},
    "named": {},
    "builder": {"groups": ["lecturers"]},
    "owner": {"groups": ["lecturers"]},
    "admin": {"admin": True},
}


@pytest.mark.parametrize("name", AS_THE_HUB_SAYS)
def test_the_hub_is_told_to_start_what_the_user_sees(
    world: Targets, everybody: list[Caller], name: str
) -> None:
    person, hub = by_name(everybody, name), by_name(everybody, "the Hub")
    user = {"name": USERS.get(name, name), **AS_THE_HUB_SAYS[name]}
    for kind, target in world.standing.items():
        request = {"user": user, "environment": target.name}
        answer = hub.ask("POST", "api/launch/resolve", json=request)
        assert answer.status_code == (409 if kind in person.sees else 404), kind
    path = f"api/environments/{world.built['name']}"
    for kind, visibility in VISIBILITIES.items():
        assert world.owner.patch(path, {"visibility": visibility}).status_code == 200
        answer = hub.ask("POST", "api/launch/options", json={"user": user})
        offered = [each["name"] for each in answer.json()["environments"]]
        assert offered == ([world.built["name"]] if kind in person.sees else []), kind
    assert world.owner.patch(path, {"visibility": {"everyone": True}}).status_code == 200


def test_a_service_is_not_the_user_of_its_name(
    deployment: Deployment, world: Targets, everybody: list[Caller]
) -> None:
    service, namesake = by_name(everybody, "service that builds"), deployment.client("publisher")
    name = f"published-{uuid4().hex[:8]}"
    request = {"name": name, "repo_url": world.repo_url, "visibility": {"users": []}}
    assert service.ask("POST", "api/environments", json=request).status_code == 202
    assert namesake.get(f"api/environments/{name}").status_code == 404
    of_namesake = world.standing["user"].name
    assert namesake.get(f"api/environments/{of_namesake}").status_code == 200
    assert service.ask("GET", f"api/environments/{of_namesake}").status_code == 404
    assert service.ask("DELETE", f"api/environments/{name}").status_code == 204
