"""Which addresses the registry may be given by, and what is told of the others."""

from __future__ import annotations

import pytest
from traitlets import TraitError

from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.docker import DockerEngine


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://registry.example.org/", "registry.example.org/envbuilder/maths"),
        ("http://registry:5000", "registry:5000/envbuilder/maths"),
        ("localhost", "localhost/envbuilder/maths"),
        ("https://Quay.io", "quay.io/envbuilder/maths"),
        ("https://docker.io", "docker.io/envbuilder/maths"),
        ("http://[::1]:5000", "[::1]:5000/envbuilder/maths"),
    ],
)
def test_images_are_named_after_the_registry(address: str, name: str) -> None:
    assert Registry(DockerEngine(), registry_url=address).name_of("maths") == name


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://registry", "a part of a name on Docker Hub"),
        ("registry", "a part of a name on Docker Hub"),
        ("ftp://registry.example.org", "must be the address"),
        ("https://registry.example.org/v2", "without a path"),
        ("https://me:the-secret@registry.example.org", "without a path, a user or a password"),
    ],
)
def test_what_is_no_registry_is_refused_and_not_repeated(address: str, reason: str) -> None:
    with pytest.raises(TraitError, match=reason) as refused:
        Registry(DockerEngine(), registry_url=address)
    assert "the-secret" not in str(refused.value)
