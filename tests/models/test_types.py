"""Names, refs, addresses and sizes refuse what they must, and take what people use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.models.environment import (
    BuildArgs,
    EnvironmentRequest,
    EnvironmentVariables,
)
from tljh_envbuilder.models.repository import RepoUrl, host_of
from tljh_envbuilder.models.types import (
    CpuLimit,
    DefaultUrl,
    Description,
    EnvironmentName,
    GitRef,
    HubName,
    MemLimit,
    ProfileLabel,
    ServerName,
)
from tljh_envbuilder.web.reading import read_json

HOSTILE_NAMES = [
    "",
    "../x",
    "a/b",
    "..",
    "-a",
    "a-",
    "A",
    "a_b",
    "a b",
    "a\n",
    "\na",
    "a\x00",
    "a" * 300,
    "аbc",  # noqa: RUF001 (a Cyrillic letter that looks like Latin is the point)
    "ａbc",  # noqa: RUF001
    "a\u202eb",
    "a\u200b",
    "é",
]

HOSTILE_REFS = [
    "",
    "-x",
    "--upload-pack=touch /tmp/x",
    "a..b",
    "a b",
    "a\n",
    "a\tb",
    "\x7f",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "@",
    "a@{1}",
    "/a",
    "a/",
    "a//b",
    "a.",
    ".a",
    "a/.b",
    "a.lock",
    "a.lock/b",
    "x" * 300,
    "\uff0dx",
    "ma\u0456n",
    "a\u202eb",
]

HOSTILE_ADDRESSES = [
    "",
    "repo",
    "../repo",
    "-oProxyCommand=touch",
    "ext::sh -c touch% /tmp/x",
    "fd::17",
    "transport::address",
    "ftp://host/repo",
    "javascript://host/%0aalert(1)",
    "https://",
    "https://host",
    "https://host/",
    "https:///repo",
    "https://host//repo",
    "https://user:password@host/repo",
    "https://token@host/repo",
    "https://-host/repo",
    "ssh://-oProxyCommand=touch/repo",
    "ssh://-user@host/repo",
    "ssh://user:password@host/repo",
    "git@-host:repo",
    "git@host:-repo",
    "https://host/../repo",
    "https://host/%2e%2e/repo",
    "https://host/a b",
    "https://host/repo\n",
    "https://host/repo\x00",
    "https://host/re\tpo",
    "https://host:99999/repo",
    "https://host:x/repo",
    "https://host/repo?x=1",
    "https://host/repo#main",
    "https://gіthub.com/owner/repo",  # noqa: RUF001
    "https://host\u3002com/repo",
    "file://host/repo",
    "https://host/" + "x" * 2000,
]

HOSTILE_MEMORY = [
    "NaN",
    "Infinity",
    "1e309",
    "-1e309",
    "0",
    "-1",
    "1.5",
    '"2G"',
    "true",
    "null",
    "[]",
]
HOSTILE_MEMORY += ["1048576", "1" + "0" * 30, "1" + "0" * 5000]
HOSTILE_CPU = ["NaN", "Infinity", "1e309", "0", "-1", "0.001", '"2"', "true", "null", "1e6"]


def check(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("value", HOSTILE_NAMES)
def test_an_environment_name_refuses(value: str) -> None:
    with pytest.raises(ValidationError):
        check(EnvironmentName, value)


@pytest.mark.parametrize("value", ["a", "a1", "data-science-101", "a" * 63])
def test_an_environment_name_takes(value: str) -> None:
    assert check(EnvironmentName, value) == value


@pytest.mark.parametrize(
    "value", [name for name in HOSTILE_NAMES if name not in {"", "a-", "A", "a_b"}]
)
def test_a_server_name_refuses(value: str) -> None:
    with pytest.raises(ValidationError):
        check(ServerName, value)


@pytest.mark.parametrize("value", ["", "A", "second_server", "x-1"])
def test_a_server_name_takes(value: str) -> None:
    assert check(ServerName, value) == value


@pytest.mark.parametrize("value", HOSTILE_REFS)
def test_a_ref_refuses(value: str) -> None:
    with pytest.raises(ValidationError):
        check(GitRef, value)


@pytest.mark.parametrize(
    "value", ["HEAD", "main", "v1.2", "feature/x-1", "f" * 40, "a@b", "2024.1"]
)
def test_a_ref_takes(value: str) -> None:
    assert check(GitRef, value) == value


@pytest.mark.parametrize("value", HOSTILE_ADDRESSES)
def test_a_repository_address_refuses(value: str) -> None:
    with pytest.raises(ValidationError):
        check(RepoUrl, value)


@pytest.mark.parametrize(
    ("typed", "canonical", "host"),
    [
        ("https://GitHub.com/Owner/Repo", "https://github.com/Owner/Repo", "github.com"),
        ("HTTP://host:8080/repo.git", "http://host:8080/repo.git", "host"),
        ("git@github.com:owner/repo.git", "ssh://git@github.com/owner/repo.git", "github.com"),
        ("ssh://git@host:2222/~/repo", "ssh://git@host:2222/~/repo", "host"),
        ("https://[::1]:8080/repo", "https://[::1]:8080/repo", "::1"),
        ("https://[::1]/repo", "https://[::1]/repo", "::1"),
        ("/srv/repos/x", "file:///srv/repos/x", ""),
    ],
)
def test_a_repository_address_has_one_canonical_form(typed: str, canonical: str, host: str) -> None:
    assert check(RepoUrl, typed) == canonical
    assert check(RepoUrl, canonical) == canonical
    assert host_of(canonical) == host


@pytest.mark.parametrize("literal", HOSTILE_MEMORY)
def test_memory_refuses(literal: str) -> None:
    with pytest.raises((ValidationError, ValueError)):
        check(MemLimit, json.loads(literal))


@pytest.mark.parametrize("literal", HOSTILE_CPU)
def test_cpu_refuses(literal: str) -> None:
    with pytest.raises(ValidationError):
        check(CpuLimit, json.loads(literal))


def test_sizes_take_what_json_calls_a_number() -> None:
    assert check(MemLimit, 2**31) == 2**31
    assert check(MemLimit, 1e9) == 10**9
    assert check(CpuLimit, 2) == 2.0
    assert check(CpuLimit, 0.5) == 0.5


@pytest.mark.parametrize("kind", [HubName, ProfileLabel, Description])
@pytest.mark.parametrize(
    "value", ["a\x00", "a\x1b[31m", "a\u202eb", "a\u200b", "\ud800", "x" * 3000]
)
def test_free_text_refuses_what_nobody_can_see(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        check(kind, value)


def test_a_description_may_have_lines_and_any_language() -> None:
    text = "Erste Zeile\n第二行\n\tété"
    assert check(Description, text) == text


@pytest.mark.parametrize("name", ["BUILDKIT_SYNTAX", "buildkit_syntax", "A B", "1A", "A=B", "A\n"])
def test_build_arguments_refuse_names_that_the_builder_would_obey(name: str) -> None:
    with pytest.raises(ValidationError):
        check(BuildArgs, {name: "x"})


@pytest.mark.parametrize(
    "value",
    ["", "lab", "//evil.example", "/\\evil", "/lab/../..", "/..", "/./x", "/a b", "/a\n", "/é",
     "/#x", "https://evil.example/", "javascript:alert(1)", "/a//b", "/" + "a" * 500],
)  # fmt: skip
def test_where_a_server_opens_is_on_that_server(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(DefaultUrl).validate_python(value)


@pytest.mark.parametrize(
    "value",
    ["/", "/lab", "/rstudio", "/vscode/?folder=/home/jovyan", "/lab/tree/course/1..intro.ipynb"],
)
def test_where_a_server_opens_may_be_any_page_of_it(value: str) -> None:
    assert TypeAdapter(DefaultUrl).validate_python(value) == value


@pytest.mark.parametrize("name", ["JUPYTERHUB_API_TOKEN", "jpy_api_token", "A B", "1A", "A=B", ""])
def test_variables_of_the_hub_are_nobodys_to_set(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(EnvironmentVariables).validate_python({name: "x"})


def test_a_request_with_an_unknown_field_is_refused() -> None:
    body = b'{"name": "a", "repo_url": "https://host/repo", "image": "debian"}'
    with pytest.raises(Exception, match="image"):
        read_json(body, EnvironmentRequest)


def test_an_error_never_repeats_what_was_typed() -> None:
    body = b'{"name": "a", "repo_url": "ssh://user:s3cret@host/repo"}'
    with pytest.raises(Exception, match="repo_url") as caught:
        read_json(body, EnvironmentRequest)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value.errors)
