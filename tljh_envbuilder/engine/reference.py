"""Names of images: `registry/repository:tag@digest`, all but the repository optional."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
