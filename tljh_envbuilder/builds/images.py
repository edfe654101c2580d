"""Names and labels of the images that builds produce."""

from __future__ import annotations

import re

from traitlets import Unicode, validate
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.models.labels import BUILD, ENVIRONMENT, INPUTS, INSTALLATION


class ImageNames(LoggingConfigurable):
    """Decides what an image is called."""

    prefix = Unicode(
        "envbuilder/",
        config=True,
        help="Put before the environment's name in image names; lower case, may contain '/'.",
    )

    @validate("prefix")
    def _lower_case(self, proposal: dict[str, str]) -> str:
        return proposal["value"].lower()

    def repository(self, environment: str) -> str:
        """What all names of the environment's images begin with, before the tag."""
        return f"{self.prefix}{environment}"

    def published(self, environment: str, commit: str) -> str:
        """The tag that people use: `<prefix><name>:<first 7 of the commit>`."""
        return f"{self.repository(environment)}:{commit[:7]}"

    def of_build(self, environment: str, build_id: int | str) -> str:
        """A tag of this build's own, so that no later build of the commit leaves it nameless."""
        return f"{self.repository(environment)}:build-{build_id}"

    def build_in(self, tag: str) -> int | None:
        """The id of the build whose own tag this is; None for another name."""
        name, _, number = tag.rpartition(":build-")
        is_ours = name.startswith(self.prefix) and re.fullmatch("[0-9]{1,18}", number)
        return int(number) if is_ours else None


def labels(
    name: str,
    *,
    title: str,
    source: str,
    commit: str,
    build: str = "",
    inputs: str = "",
    installation: str = "",
) -> dict[str, str]:
    """What a person who finds the image wants to know; the keys are those of the OCI image spec.

    What is empty is set as well, for an image begins with the labels of the one it is built on.

    https://github.com/opencontainers/image-spec/blob/main/annotations.md
    """
    return {
        "org.opencontainers.image.source": source,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.title": title,
        ENVIRONMENT: name,
        BUILD: build,
        INPUTS: inputs,
        INSTALLATION: installation,
    }
