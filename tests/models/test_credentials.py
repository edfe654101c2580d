"""Credentials as they arrive: what is taken, and that nothing repeats them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dev.ssh_server import make_key
from tljh_envbuilder.errors import InvalidRequest
from tljh_envbuilder.models.build import BuildRequest
from tljh_envbuilder.models.credentials import REVEALED, Credentials
from tljh_envbuilder.models.environment import EnvironmentChange, EnvironmentRequest
from tljh_envbuilder.web.openapi import openapi
from tljh_envbuilder.web.reading import read_json
from tljh_envbuilder.web.routes import ROUTES

SECRET = "s3cret"


def read(model: type[Any], **fields: Any) -> Any:
    return read_json(json.dumps(fields).encode(), model)


def add(repo_url: str, **fields: Any) -> EnvironmentRequest:
    return read(EnvironmentRequest, name="maths", repo_url=repo_url, **fields)


@pytest.fixture
def key(tmp_path: Path) -> str:
    make_key(tmp_path / "key")
    return (tmp_path / "key").read_text()


def refused(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as raised:
        read(BuildRequest, credentials=fields)
    assert SECRET not in repr([raised.value.message, raised.value.errors])
    return raised.value


@pytest.mark.parametrize(
    ("typed", "stored", "username", "password"),
    [
        ("https://ada:s3cret@host/x", "https://host/x", "ada", SECRET),
        ("https://ada:s3%2Fcr%40et@host/x", "https://host/x", "ada", "s3/cr@et"),
        ("https://ada:s3cr@et@host:8443/x", "https://host:8443/x", "ada", "s3cr@et"),
        ("https://ada:a:b@host/x", "https://host/x", "ada", "a:b"),
        ("HTTPS://s3cret@Host/x", "https://host/x", SECRET, ""),
        ("https://s3cret:x-oauth-basic@host/x", "https://host/x", SECRET, "x-oauth-basic"),
        ("http://ada:s3cret@[::1]:8080/x", "http://[::1]:8080/x", "ada", SECRET),
    ],
)
@pytest.mark.parametrize("model", [EnvironmentRequest, EnvironmentChange])
def test_an_address_with_a_login_is_split(
    model: type[Any], typed: str, stored: str, username: str, password: str
) -> None:
    fields = {"name": "maths"} if model is EnvironmentRequest else {}
    request = read(model, repo_url=typed, **fields)
    assert request.repo_url == stored
    assert request.credentials.username.get_secret_value() == username
    assert request.credentials.password.get_secret_value() == password
    assert not request.credentials.remember


def test_an_address_without_one_stays_as_it_is() -> None:
    request = add("ssh://git@host/x")
    assert request.repo_url == "ssh://git@host/x"
    assert request.credentials is None


@pytest.mark.parametrize(
    "typed",
    [
        "https://:s3cret@host/x",
        "https://ada:s3cret@/x",
        "https://ada:s3/cret@host/x",
        "https://ada:12/s3cret@host/x",
        "https://ada:s3#cret@host/x",
        "https://ada:s3cret%0a@host/x",
        "https://ada:s3cret@-host/x",
        "ssh://ada:s3cret@host/x",
        "git://ada:s3cret@host/x",
        " https://ada:s3cret@host/x",
        "https://ada:s3cret@host/x?y",
        f"https://ada:{'s3cret' * 1000}@host/x",
    ],
)
def test_an_address_that_is_refused_is_not_repeated(typed: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        add(typed)
    said = repr([raised.value.message, raised.value.errors])
    assert "s3" not in said
    assert "cret" not in said


def test_credentials_are_given_once() -> None:
    login = {"username": "bob", "password": SECRET}
    with pytest.raises(InvalidRequest, match="in the address and beside it") as raised:
        add("https://ada:other@host/x", credentials=login)
    assert SECRET not in raised.value.message
    assert "other" not in raised.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"username": SECRET},
        {"password": SECRET},
        {"username": "ada", "password": None},
        {"username": "", "password": SECRET},
        {"username": f"a:{SECRET}", "password": ""},
        {"username": "ada", "password": f"{SECRET}\nhost=evil.example"},
        {"username": f"ada\0{SECRET}", "password": "x"},
        {"username": "ada", "password": [SECRET]},
        {"username": "ada", "password": SECRET * 1000},
        {"username": "ada", "password": SECRET, "remember": SECRET},
        {"username": "ada", "password": SECRET, "token": SECRET},
        {"ssh_key": SECRET},
        {"ssh_key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END"},
        {"ssh_key": SECRET * 10000},
    ],
)
def test_what_are_no_credentials_is_refused_and_not_repeated(fields: dict[str, Any]) -> None:
    assert refused(**fields).http_status == 400


def test_a_login_and_a_key_at_once_are_refused(key: str) -> None:
    error = refused(username="ada", password=SECRET, ssh_key=key)
    assert "either username and password, or ssh_key" in error.message


def test_a_key_with_a_passphrase_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "locked", passphrase="correct horse")
    error = refused(ssh_key=(tmp_path / "locked").read_text())
    assert "passphrase" in error.message
    assert "use a key without one" in error.message


def test_a_public_key_is_told_from_a_private_one(tmp_path: Path) -> None:
    public_key = make_key(tmp_path / "key")
    assert "not the public one" in refused(ssh_key=public_key).message


def test_a_key_is_put_in_the_form_that_ssh_wants(key: str) -> None:
    pasted = "\r\n".join(f"  {line}" for line in key.splitlines())
    credentials = Credentials(ssh_key=pasted)
    assert credentials.ssh_key is not None
    assert credentials.ssh_key.get_secret_value() == key


@pytest.mark.parametrize(
    "made",
    [
        ["genpkey", "-algorithm", "ed25519"],
        ["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
        ["ecparam", "-genkey", "-noout", "-name", "prime256v1"],
    ],
)
def test_a_key_in_pem_format_becomes_one_that_every_ssh_reads(
    made: list[str], tmp_path: Path
) -> None:
    pem = subprocess.run(["openssl", *made], check=True, capture_output=True, text=True).stdout
    credentials = Credentials(ssh_key=pem)
    assert credentials.ssh_key is not None
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text(credentials.ssh_key.get_secret_value())
    subprocess.run(["ssh-keygen", "-y", "-f", tmp_path / "key"], check=True, capture_output=True)


@pytest.mark.parametrize("scheme", ["https", "ssh", "file"])
def test_credentials_fit_their_address(scheme: str, key: str) -> None:
    address = f"{scheme}://{'' if scheme == 'file' else 'host'}/x"
    kinds = {
        "https": Credentials(username="ada", password=SECRET),
        "ssh": Credentials(ssh_key=key),
    }
    for fits, credentials in kinds.items():
        if fits == scheme:
            credentials.require_fit(address)
        else:
            with pytest.raises(InvalidRequest, match="The credentials do not fit: "):
                credentials.require_fit(address)


def test_nothing_shows_credentials_by_accident(key: str) -> None:
    login = {"username": SECRET, "password": SECRET, "remember": True}
    for fields in (login, {"ssh_key": key}):
        credentials = Credentials(**fields)
        request = BuildRequest(credentials=credentials)
        shown = [repr(request), str(request), request.model_dump_json(), str(request.model_dump())]
        shown += [repr(credentials), credentials.model_dump_json(), str(credentials.model_dump())]
        marks = (SECRET, key, key.splitlines()[2])
        assert not any(mark in text for mark in marks for text in shown)


def test_what_is_revealed_on_purpose_can_be_read_again(key: str) -> None:
    for fields in ({"username": "ada", "password": SECRET}, {"ssh_key": key}):
        credentials = Credentials(**fields)
        revealed = credentials.model_dump_json(context=REVEALED)
        assert Credentials.model_validate_json(revealed) == credentials


def test_the_contract_has_credentials_in_requests_only() -> None:
    schemas = openapi(ROUTES, "/")["components"]["schemas"]
    having = {
        name for name, schema in schemas.items() if "credentials" in schema.get("properties", ())
    }
    requests = {"EnvironmentRequest", "EnvironmentChange", "BuildRequest", "RefsRequest"}
    assert having == requests
    assert schemas["Credentials"]["properties"]["password"]["anyOf"][0]["writeOnly"]
    assert schemas["Environment"]["properties"]["has_credentials"]["type"] == "boolean"
