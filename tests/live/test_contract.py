"""The contract holds whatever arrives: no 500, and no answer that it does not describe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from dev.git_server import GitRepository
from tests.live.service import Client, Deployment


@pytest.fixture
def environment(builder: Client, repository: GitRepository) -> dict:
    return builder.built(builder.add(repository.url))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("aim", [pytest.param("anything", marks=pytest.mark.long), "what is there"])
def test_schemathesis_finds_no_answer_that_is_not_in_the_contract(
    deployment: Deployment, repository: GitRepository, tmp_path: Path, aim: str
) -> None:
    caller = deployment.client("fuzzer", scopes=FUZZER_SCOPES)
    settings, phases = "", "coverage,fuzzing"
    if aim == "what is there":
        environment = caller.built(caller.add(repository.url, visibility={"users": ["fuzzer"]}))
        name, build = environment["name"], environment["current_build"]["id"]
        settings = f'[parameters]\n"path.name" = "{name}"\n"path.id" = {build}\n'
        phases = "fuzzing"
    (tmp_path / "schemathesis.toml").write_text(settings)
    (tmp_path / "openapi.json").write_text(caller.get("api/openapi.json").text)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        str(tmp_path / "openapi.json"),
        # Not through the proxy, whose own answers are in no contract of ours.
        f"--url={deployment.direct_url.rstrip('/')}",
        f"--header=Authorization: token {caller.token}",
        "--checks=not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance,response_headers_conformance,unsupported_method,"
        "use_after_free",
        "--exclude-path=/api/events",
        f"--phases={phases}",
        "--mode=all",
        "--max-examples=10",
        "--request-timeout=40",  # a look at a repository may take Rebuilder.timeout
        "--seed=1",
        "--suppress-health-check=all",
        "--no-color",
    ]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


FUZZER_SCOPES = ["access:services!service=envbuilder", "custom:envbuilder:build", "self"]


def test_the_contract_is_generated_from_the_models(admin: Client) -> None:
    document = admin.get("api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    fields = document["components"]["schemas"]["Environment"]["properties"]
    promised = """
        name display_name description repo_url ref owner created_at visibility mem_limit cpu_limit
        profiles builder build_args status current_build last_build
    """
    assert set(promised.split()) <= set(fields)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"name": NaN}',
        b'{"name": 1e309}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000", "repo_url": "https://host/x"}',
        b'{"n": ' + b"9" * 10_000 + b"}",
    ],
)
def test_a_broken_body_is_a_clear_400(builder: Client, body: bytes) -> None:
    answer = builder.request("POST", "api/environments", data=body)
    assert answer.status_code == 400
    assert answer.json()["status"] == 400
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../../other"),
        ("name", "a\n"),
        ("name", "x" * 300),
        ("name", "аdmin"),  # noqa: RUF001
        ("ref", "--upload-pack=touch /tmp/x"),
        ("ref", "main\n"),
        ("repo_url", "file:///etc"),
        ("repo_url", "/etc"),
        ("repo_url", "ext::sh -c id"),
        ("repo_url", "git://host/repo"),
        ("repo_url", "ssh://user:password@host/repo"),
        ("mem_limit", 0),
        ("mem_limit", -1),
        ("mem_limit", "2G"),
        ("mem_limit", 2**49),
        ("cpu_limit", 0),
        ("cpu_limit", 1000),
        ("profiles", ["Enormous"]),
        ("profiles", []),
        ("visibility", {"everyone": True, "users": ["a"]}),
        ("image", "No image has this name"),
        ("colour", "red"),
    ],
)
def test_a_field_that_is_wrong_is_named(builder: Client, field: str, value: object) -> None:
    request = {"name": "never-added", "repo_url": "https://host.invalid/repo", field: value}
    answer = builder.post("api/environments", request)
    assert answer.status_code == 400, answer.text
    assert field in {error["field"].partition(".")[0] for error in answer.json()["errors"]}
    assert builder.get("api/environments/never-added").status_code == 404


def test_nan_and_infinity_are_no_json_here(builder: Client) -> None:
    for literal in ["NaN", "Infinity", "-Infinity", "1e309"]:
        body = f'{{"name": "x", "repo_url": "https://host/x", "mem_limit": {literal}}}'
        assert builder.request("POST", "api/environments", data=body).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "api",
        "api/environments/",
        "api/environments/..%2f..%2fhub",
        "api/environments/%00",
        "api/environments/" + "a" * 300,
        "api/builds/0",
        "api/builds/-1",
        "api/builds/99999999999999999999999",
        "api/builds/\u0661",
        "api/builds/1e3",
        "api/builds/99999999/log",
    ],
)
def test_what_is_not_there_is_a_404_in_the_contracts_form(admin: Client, path: str) -> None:
    answer = admin.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"status", "message", "errors"}


def test_a_name_is_taken_once(builder: Client, environment: dict) -> None:
    again = builder.post(
        "api/environments", {"name": environment["name"], "repo_url": environment["repo_url"]}
    )
    assert again.status_code == 409
    assert environment["name"] in again.json()["message"]


def test_the_list_is_searched_and_paged(builder: Client, repository: GitRepository) -> None:
    mark = repository.url.rpartition("/")[2].removesuffix(".git")
    names = sorted(
        builder.add(repository.url, description=f"100% {mark}")["name"] for _ in range(3)
    )
    page = builder.get("api/environments", params={"q": mark.upper(), "limit": 2}).json()
    rest = builder.get("api/environments", params={"q": mark, "limit": 2, "offset": 2}).json()
    assert page["total"] == rest["total"] == 3
    assert [item["name"] for item in page["items"] + rest["items"]] == names
    assert builder.get("api/environments", params={"q": f"%{mark}"}).json()["total"] == 0
    for name in names:
        builder.ended(builder.environment(name)["last_build"]["id"])


def test_a_change_holds_at_once_and_builds_nothing(builder: Client, environment: dict) -> None:
    path = f"api/environments/{environment['name']}"
    change = {"mem_limit": 256 * 2**20, "description": "new", "profiles": ["Medium"]}
    assert builder.patch(path, change).status_code == 200
    changed = builder.environment(environment["name"])
    assert {key: changed[key] for key in change} == change
    assert changed["last_build"]["id"] == environment["last_build"]["id"]
    assert builder.patch(path, {"name": "other"}).status_code == 400
    assert builder.patch(path, {"mem_limit": None}).json()["mem_limit"] is None


def test_every_answer_carries_a_policy_and_none_is_cached(deployment: Deployment) -> None:
    for path in ["health", "api/environments", "nothing"]:
        answer = requests.get(deployment.url + path, timeout=30)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_health_tells_that_all_is_well(deployment: Deployment) -> None:
    answer = requests.get(deployment.url + "health", timeout=30)
    assert answer.status_code == 200
    assert answer.json()["database"] == answer.json()["engine"] == "ok"
