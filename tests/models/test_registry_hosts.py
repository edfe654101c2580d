"""Names of images and registries, and what is for somebody with the same token."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.models.build import RegistryImage
from tljh_envbuilder.models.reference import ImageName, parse_reference
from tljh_envbuilder.models.registry import RegistryHost, RegistryLogin
from tljh_envbuilder.models.sealed import sealed, unsealed

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("name", "version"),
    [("quay.io/a/b", "latest"), ("a:1", "1"), (f"a@{DIGEST}", DIGEST), (f"a:1@{DIGEST}", DIGEST)],
)
def test_an_image_has_a_version_as_a_repository_has_a_ref(name: str, version: str) -> None:
    parsed = parse_reference(TypeAdapter(ImageName).validate_python(name))
    assert parsed is not None
    assert parsed.version == version


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", DIGEST, "a:1;x", "--help", "a\n"])
def test_what_is_no_name_of_an_image_in_a_registry_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ImageName).validate_python(name)


@pytest.mark.parametrize("host", ["quay.io", "127.0.0.1:5000", "Registry.Example.org", "[::1]:1"])
def test_a_registry_is_a_host(host: str) -> None:
    assert TypeAdapter(RegistryHost).validate_python(host) == host.lower()


@pytest.mark.parametrize("host", ["", "https://quay.io", "quay.io/a", "a b", "-a", "a:b", "../a"])
def test_what_is_no_host_is_no_registry(host: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RegistryHost).validate_python(host)


def test_a_login_is_not_shown() -> None:
    login = RegistryLogin.model_validate({"username": "me", "password": "the-secret"})
    assert "the-secret" not in f"{login!r} {login} {login.model_dump_json()}"


def test_an_image_in_a_registry_says_how_to_get_it() -> None:
    image = RegistryImage(name="quay.io/a/b", tag="1234567", digest=DIGEST)
    assert image.pull_command == f"docker pull quay.io/a/b@{DIGEST}"
    assert RegistryImage.model_validate_json(image.model_dump_json()) == image


def test_what_is_sealed_is_for_who_has_the_token() -> None:
    text = sealed("the-secret", "a-token")
    assert "the-secret" not in text
    assert unsealed(text, "a-token") == "the-secret"
    with pytest.raises(ValueError, match="another token"):
        unsealed(text, "another-token")
