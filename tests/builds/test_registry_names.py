"""Which images in registries are an environment's own."""

from __future__ import annotations

import pytest

from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.build import RegistryImage

PUSHED = [
    RegistryImage(name=name, tag="8f3c2d1", digest=f"sha256:{'0a' * 32}")
    for name in (
        "registry.example.org/teaching/waves",
        "registry.example.org/teaching/original",
        "former.example.org/teaching/waves",
    )
]


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://registry.example.org", PUSHED[:1]),
        ("https://other.example.org", []),
        ("", []),
    ],
)
async def test_what_is_elsewhere_or_under_another_name_is_not_the_environments_own(
    url: str, own: list[RegistryImage]
) -> None:
    registry = Registry(DockerEngine(), registry_url=url, namespace="teaching")
    assert registry.own("waves", PUSHED) == own
