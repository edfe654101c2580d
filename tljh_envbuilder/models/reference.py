"""Names of images: `registry/repository:tag@digest`, all but the repository optional."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

DOCKER_HUB = "docker.io"

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
# The first component is a registry only if it looks like a host: it has a dot or a port.
_REFERENCE = re.compile(
    r"(?:(?P<registry>(?=localhost/|[^/]*[.:])"
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(?::\d+)?)/)?"
    rf"(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+:[0-9a-f]{32,}))?"
)


@dataclass(frozen=True)
class Reference:
    """The parts of an image's name."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def version(self) -> str:
        """What tells the image from others of its repository."""
        return self.digest or self.tag or "latest"


def parse_reference(text: str) -> Reference | None:
    """Take the name apart; None if no image can have it.

    Ids of images (`sha256:…`) have the form of names, and pass.
    """
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    return Reference(
        registry=found["registry"] or DOCKER_HUB,
        repository=found["repository"],
        tag=found["tag"],
        digest=found["digest"],
    )


def parse_image_name(text: str) -> str:
    """Check the name of an image that is to be pulled; raises ValueError."""
    if text.startswith("sha256:") or parse_reference(text) is None:
        raise ValueError("must be the name of an image, such as quay.io/jupyter/scipy-notebook:lab")
    return text


ImageName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=500),
    AfterValidator(parse_image_name),
    Field(
        description="Name of an image in a registry, with a tag or a digest.",
        examples=["quay.io/jupyter/scipy-notebook:2025-06-30"],
    ),
]
