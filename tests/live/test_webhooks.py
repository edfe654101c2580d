"""A git forge tells of a push: whoever has no proof learns nothing, and no push is lost."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from dev.git_server import GitRepository, GitServer, git
from tests.live.forges import FORGES, OTHER_EVENTS, SIGNING, Forge, github, gitlab, plain
from tests.live.service import BUILDER, Client, Deployment, eventually

BODY = b'{"ref": "refs/heads/main", "after": "0000000000000000000000000000000000000000"}'


class Hook:
    """What a person has entered at a forge."""

    def __init__(self, client: Client, name: str) -> None:
        webhook = client.get(f"api/environments/{name}/webhook").json()
        self.url: str = webhook["url"]
        self.secret: str = webhook["secret"]

    def push(self, forge: Forge = github, body: bytes = BODY) -> requests.Response:
        headers = forge(self.secret, body)
        return requests.post(self.url, data=body, headers=headers, timeout=30)

    def changes_nothing(self, forge: Forge = github, body: bytes = BODY) -> bool:
        """Whether the push is answered so; 202 as long as a look at the repository goes on."""
        return bool(eventually(lambda: self.push(forge, body).status_code == 204))


@pytest.fixture(scope="module")
def quiet(deployment: Deployment, git_server: GitServer, singleuser_image: str) -> dict[str, Any]:
    """An environment whose repository does not move."""
    files = {"Dockerfile": f"FROM {singleuser_image}\nRUN echo {uuid4().hex}\n"}
    repository = git_server.create(f"quiet-{uuid4().hex[:8]}", files)
    builder = deployment.client(BUILDER)
    return builder.built(builder.add(repository.url))


@pytest.fixture
def hook(builder: Client, quiet: dict[str, Any]) -> Hook:
    return Hook(builder, quiet["name"])


@pytest.fixture
def environment(builder: Client, repository: GitRepository) -> dict[str, Any]:
    return builder.built(builder.add(repository.url))


def built_by_push(builder: Client, hook: Hook, name: str) -> dict[str, Any]:
    """The build that a push has led to, ended."""
    before = builder.environment(name)["last_build"]["id"]
    assert hook.push().status_code == 202
    return builder.ended(eventually(lambda: _newer(builder, name, before)))


def builds(builder: Client, name: str) -> list[dict[str, Any]]:
    return builder.get(f"api/environments/{name}/builds").json()["items"]


@pytest.mark.parametrize("forge", FORGES)
def test_each_forge_is_known_by_its_proof(hook: Hook, forge: Forge) -> None:
    assert hook.changes_nothing(forge)


@pytest.mark.parametrize("forge", FORGES)
def test_a_wrong_proof_is_refused(hook: Hook, forge: Forge) -> None:
    headers = forge(hook.secret[:-1] + "~", BODY)
    answer = requests.post(hook.url, data=BODY, headers=headers, timeout=30)
    assert answer.status_code == 403


@pytest.mark.parametrize("forge", SIGNING)
def test_a_signature_of_another_body_is_refused(hook: Hook, forge: Forge) -> None:
    headers = forge(hook.secret, BODY)
    assert requests.post(hook.url, data=BODY + b" ", headers=headers, timeout=30).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=\u00e9"},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Gitlab-Token": ""},
        {"X-Webhook-Secret": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic Og=="},
    ],
)
def test_no_proof_is_refused(hook: Hook, headers: dict[str, str]) -> None:
    encoded = {name: value.encode("utf-8") for name, value in headers.items()}
    assert requests.post(hook.url, data=BODY, headers=encoded, timeout=30).status_code == 403


def test_a_token_of_the_hub_is_no_proof(admin: Client, hook: Hook) -> None:
    for scheme in ("token", "Bearer"):
        headers = {"Authorization": f"{scheme} {admin.token}"}
        assert requests.post(hook.url, data=BODY, headers=headers, timeout=30).status_code == 403


def test_a_proof_is_for_one_environment(builder: Client, hook: Hook, environment: dict) -> None:
    other = Hook(builder, environment["name"])
    for forge in FORGES:
        headers = forge(other.secret, BODY)
        assert requests.post(hook.url, data=BODY, headers=headers, timeout=30).status_code == 403


def test_an_unknown_environment_is_answered_like_a_wrong_secret(
    builder: Client, hook: Hook, repository: GitRepository
) -> None:
    without_secret = builder.add(repository.url)["name"]
    there, absent = hook.url, hook.url.rpartition("/")[0] + "/no-such-environment"
    urls = [there, absent, absent.replace("no-such", "No_such"), absent + "%00"]
    urls.append(there.replace(there.rpartition("/")[2], without_secret))
    for forge in (github, gitlab, plain):
        headers = forge("wrong", BODY)
        answers = [requests.post(url, data=BODY, headers=headers, timeout=30) for url in urls]
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.text for answer in answers}) == 1
        assert len({tuple(sorted(_comparable(answer))) for answer in answers}) == 1


def _comparable(answer: requests.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


def test_an_unknown_environment_takes_as_long_as_a_wrong_secret(hook: Hook) -> None:
    absent = hook.url.rpartition("/")[0] + "/no-such-environment"
    # What else runs on the machine may favour one of them, but not each time.
    assert any(_take_as_long(hook.url, absent) for _ in range(5))


def _take_as_long(*urls: str) -> bool:
    times: dict[str, list[float]] = {url: [] for url in urls}
    with requests.Session() as session:
        for _ in range(100):
            for url, taken in times.items():
                began = time.perf_counter()
                session.post(url, data=BODY, headers=github("wrong", BODY), timeout=30)
                taken.append(time.perf_counter() - began)
    fast, slow = sorted(statistics.median(taken) for taken in times.values())
    return slow < 1.3 * fast


@pytest.mark.parametrize("forge", OTHER_EVENTS)
def test_events_that_are_no_pushes_change_nothing(
    builder: Client, repository: GitRepository, environment: dict, forge: Any
) -> None:
    hook = Hook(builder, environment["name"])
    repository.commit({"new": "x"})
    for event in ("ping", "Issue Hook", "repo:fork", ""):
        headers = forge(hook.secret, BODY, event)
        assert requests.post(hook.url, data=BODY, headers=headers, timeout=30).status_code == 204
        headers = forge("wrong", BODY, event)
        assert requests.post(hook.url, data=BODY, headers=headers, timeout=30).status_code == 403
    assert len(builds(builder, environment["name"])) == 1


def test_a_push_is_built_and_becomes_current(
    builder: Client, repository: GitRepository, environment: dict
) -> None:
    hook = Hook(builder, environment["name"])
    commit = repository.commit({"new": "x"})
    build = built_by_push(builder, hook, environment["name"])
    assert build["status"] == "built"
    assert build["trigger"] == "webhook"
    assert build["resolved_ref"] == commit
    after = builder.environment(environment["name"])
    assert after["current_build"]["id"] == build["id"]
    assert after["checked_at"] is not None
    assert after["check_error"] is None
    assert hook.changes_nothing(), "the same push again"
    assert len(builds(builder, environment["name"])) == 2


def test_a_push_to_another_branch_changes_nothing(
    builder: Client, repository: GitRepository, environment: dict
) -> None:
    hook = Hook(builder, environment["name"])
    commit = repository.commit({"new": "x"}, branch="dev", tag="v1")
    body = f'{{"ref": "refs/heads/main", "after": "{commit}"}}'.encode()
    assert hook.changes_nothing(body=body), "whatever the payload says"
    assert len(builds(builder, environment["name"])) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000, b"payload=x"])
def test_the_body_is_signed_and_not_read(hook: Hook, body: bytes) -> None:
    assert hook.changes_nothing(body=body)
    headers = github("wrong", body)
    assert requests.post(hook.url, data=body, headers=headers, timeout=30).status_code == 403


def test_a_body_as_large_as_forges_send_is_taken(hook: Hook) -> None:
    # 202 while an earlier push is still looked at: taken, and not refused.
    assert hook.push(body=b"x" * (24 * 2**20)).status_code in {202, 204}
    assert hook.push(gitlab, body=b"x" * (24 * 2**20)).status_code in {202, 204}


def test_a_larger_body_is_refused_and_the_service_goes_on(hook: Hook) -> None:
    def in_pieces() -> Any:
        for _ in range(30):
            yield b"x" * 2**20

    for data in (b"x" * (30 * 2**20), in_pieces()):
        try:
            answer = requests.post(
                hook.url, data=data, headers=gitlab(hook.secret, b""), timeout=30
            )
        except requests.ConnectionError:
            pass  # closed while it was still being sent
        else:
            assert answer.status_code >= 400
    assert hook.push().status_code in {202, 204}


@pytest.mark.long
def test_a_push_while_a_build_runs_is_not_lost(
    builder: Client, git_server: GitServer, singleuser_image: str
) -> None:
    dockerfile = f"FROM {singleuser_image}\nRUN echo {uuid4().hex} && sleep 4\n"
    repository = git_server.create(f"moving-{uuid4().hex[:8]}", {"Dockerfile": dockerfile})
    environment = builder.add(repository.url)
    hook = Hook(builder, environment["name"])
    first = environment["last_build"]["id"]
    eventually(lambda: builder.build(first)["status"] == "building")
    pushed = [repository.commit({"new": str(number)}) for number in range(3)]
    answers = [hook.push() for _ in pushed]
    assert {answer.status_code for answer in answers} == {202}
    builder.ended(first)
    second = eventually(lambda: _newer(builder, environment["name"], first))
    assert builder.ended(second)["resolved_ref"] == pushed[-1]
    time.sleep(3)
    shown = builder.environment(environment["name"])
    assert shown["current_build"]["id"] == shown["last_build"]["id"] == second
    assert shown["current_build"]["trigger"] == "webhook"
    assert len(builds(builder, environment["name"])) == 2, "three pushes, and one build for them"


def _newer(builder: Client, name: str, build: int) -> int | None:
    last = builder.environment(name)["last_build"]["id"]
    return last if last != build else None


@pytest.mark.long
def test_many_hooks_at_once_make_one_build(
    builder: Client, repository: GitRepository, environment: dict
) -> None:
    hook = Hook(builder, environment["name"])
    repository.commit({"new": "x"})
    with ThreadPoolExecutor(40) as forges:
        answers = list(forges.map(lambda _: hook.push(), range(40)))
    assert {answer.status_code for answer in answers} <= {202, 204}
    last = eventually(lambda: _newer(builder, environment["name"], environment["last_build"]["id"]))
    builder.ended(last)
    time.sleep(3)
    assert len(builds(builder, environment["name"])) == 2
    assert builder.environment(environment["name"])["current_build"]["id"] == last


def test_a_branch_that_is_gone_is_noted_and_users_keep_what_they_have(
    builder: Client, repository: GitRepository
) -> None:
    repository.commit({"new": "x"}, branch="course")
    environment = builder.built(builder.add(repository.url, ref="course"))
    git("update-ref", "-d", "refs/heads/course", cwd=repository.path)
    assert Hook(builder, environment["name"]).push().status_code == 202
    eventually(lambda: builder.environment(environment["name"])["check_error"])
    after = builder.environment(environment["name"])
    assert after["last_build"] == environment["last_build"]
    assert "no branch or tag 'course'" in after["check_error"]
    assert after["status"] == "ready"
    assert after["current_build"] == environment["current_build"]


def test_a_commit_that_failed_is_not_tried_again(
    builder: Client, repository: GitRepository, environment: dict
) -> None:
    hook = Hook(builder, environment["name"])
    repository.commit({"Dockerfile": "FROM registry.invalid/no/such:image\n"})
    assert built_by_push(builder, hook, environment["name"])["status"] == "failed"
    assert hook.changes_nothing()


def test_going_back_is_not_undone_until_the_repository_moves(
    builder: Client, repository: GitRepository, environment: dict
) -> None:
    hook = Hook(builder, environment["name"])
    repository.commit({"new": "x"})
    built_by_push(builder, hook, environment["name"])
    back = {"build": environment["current_build"]["id"]}
    assert builder.post(f"api/environments/{environment['name']}/rollback", back).ok
    assert hook.changes_nothing()
    repository.commit({"new": "y"})
    assert hook.push().status_code == 202


def test_the_secret_is_shown_to_those_who_manage_the_environment(
    deployment: Deployment, builder: Client, admin: Client, student: Client, quiet: dict
) -> None:
    path = f"api/environments/{quiet['name']}/webhook"
    webhook = builder.get(path).json()
    assert webhook == admin.get(path).json() == builder.get(path).json()
    assert webhook["url"] == f"{deployment.url}api/hooks/{quiet['name']}"
    assert len(webhook["secret"]) > 40
    assert student.get(path).status_code == student.post(path).status_code == 403
    assert deployment.client("other-builder").get(path).status_code == 403
    assert deployment.client(None).get(path).status_code == 401
    assert student.get("api/environments/no-such-one/webhook").status_code == 404
    for shown in (f"api/environments/{quiet['name']}", "api/environments"):
        assert webhook["secret"] not in builder.get(shown).text


def test_a_new_secret_ends_the_old_one(builder: Client, environment: dict) -> None:
    old = Hook(builder, environment["name"])
    answer = builder.post(f"api/environments/{environment['name']}/webhook")
    assert answer.status_code == 200
    new = Hook(builder, environment["name"])
    assert new.secret == answer.json()["secret"] != old.secret
    assert old.push().status_code == 403
    assert new.changes_nothing()


def test_the_secret_is_nowhere_in_clear(deployment: Deployment, hook: Hook) -> None:
    hook.push(plain)
    secret = hook.secret.encode()
    kept = [path for path in deployment.state_dir.rglob("*") if path.is_file()]
    assert deployment.state_dir / "envbuilder.sqlite" in kept
    for path in [*kept, deployment.hub.log_path]:
        assert secret not in path.read_bytes(), path


def test_a_deleted_environment_has_no_webhook(builder: Client, environment: dict) -> None:
    hook = Hook(builder, environment["name"])
    assert builder.delete(f"api/environments/{environment['name']}").status_code == 204
    assert hook.push().status_code == 403
