"""Which login goes to which registry."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tljh_envbuilder.engine.registry_auth import as_header, login_in
from tljh_envbuilder.models.reference import parse_reference


def login_for(folder: Path, auths: dict[str, Any], image: str) -> dict[str, str] | None:
    """What is sent to the image's registry."""
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": auths}))
    reference = parse_reference(image)
    assert reference is not None
    login = login_in(str(path), reference.registry)
    return None if login is None else json.loads(base64.urlsafe_b64decode(as_header(login)))


AUTH = {"auth": base64.b64encode(b"me:pass:word").decode()}


@pytest.mark.parametrize(
    ("address", "image"),
    [
        ("https://index.docker.io/v1/", "python:3"),
        ("docker.io", "someone/image"),
        ("registry.example.org", "registry.example.org/a/b:1"),
        ("https://registry.example.org/v2/", "registry.example.org/a/b:1"),
        ("localhost:5000", "localhost:5000/a"),
    ],
)
def test_a_registry_gets_its_login(tmp_path: Path, address: str, image: str) -> None:
    login = login_for(tmp_path, {address: AUTH}, image)

    assert login == {"username": "me", "password": "pass:word", "serveraddress": address}


@pytest.mark.parametrize("image", ["python:3", "example.org/a", "registry.example.org:5000/a"])
def test_no_other_registry_gets_it(tmp_path: Path, image: str) -> None:
    assert login_for(tmp_path, {"registry.example.org": AUTH}, image) is None


def test_a_token_is_sent_as_a_token(tmp_path: Path) -> None:
    login = login_for(tmp_path, {"example.org": {"identitytoken": "secret"}}, "example.org/a")

    assert login == {"identitytoken": "secret", "serveraddress": "example.org"}


def test_an_entry_without_a_login_is_none(tmp_path: Path) -> None:
    auths = {"example.org": {}, "https://example.org/v2/": AUTH}
    assert login_for(tmp_path, {"example.org": {}}, "example.org/a") is None
    login = login_for(tmp_path, auths, "example.org/a")
    assert login is not None
    assert login["username"] == "me"


def test_without_a_file_there_is_no_login() -> None:
    assert login_in("", "docker.io") is None


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("python", ("docker.io", "python", None, None)),
        ("python:3.11-slim", ("docker.io", "python", "3.11-slim", None)),
        ("quay.io/jupyter/base:x", ("quay.io", "jupyter/base", "x", None)),
        ("localhost/a", ("localhost", "a", None, None)),
        ("jupyter/a__b", ("docker.io", "jupyter/a__b", None, None)),
        ("127.0.0.1:5000/a", ("127.0.0.1:5000", "a", None, None)),
        ("[::1]:5000/a:1", ("[::1]:5000", "a", "1", None)),
        (f"a:1@sha256:{'0' * 64}", ("docker.io", "a", "1", f"sha256:{'0' * 64}")),
    ],
)
def test_a_name_is_taken_apart(name: str, parts: tuple[str, str, str | None, str | None]) -> None:
    reference = parse_reference(name)

    assert reference is not None
    assert (reference.registry, reference.repository, reference.tag, reference.digest) == parts


@pytest.mark.parametrize(
    "name", ["", "a//b", "a/../b", "..", "A", "a:", "a@", "a?x=y", "a\n", "$X"]
)
def test_what_no_image_can_be_called_is_refused(name: str) -> None:
    assert parse_reference(name) is None
