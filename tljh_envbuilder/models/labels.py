"""Labels by which images and containers are found again."""

from __future__ import annotations

from collections.abc import Mapping

#: On images and on the containers of servers: the environment's name.
ENVIRONMENT = "tljh-envbuilder.environment"
#: On images, and on the containers of servers: the build's id.
BUILD = "tljh-envbuilder.build"
#: On the containers of servers: whose they are, and which of theirs.
USER = "tljh-envbuilder.user"
SERVER = "tljh-envbuilder.server"
#: On images and on the containers of servers: the id of the installation that they belong to, for
#: several may use one engine.
INSTALLATION = "tljh-envbuilder.installation"
#: On images: the digest of what they were made from.
INPUTS = "tljh-envbuilder.inputs"
#: On the containers that check images: the id of the installation.
CHECK = "tljh-envbuilder.check"
#: On the containers of servers: the user id that works in the home.
UID = "tljh-envbuilder.uid"
#: On the containers of servers: `true` where the home is a test's, which goes with the server.
TEST = "tljh-envbuilder.test"


def build_in(labels: Mapping[str, str]) -> int | None:
    """The id of the build that the labels name; None for what no build can have."""
    number = labels.get(BUILD, "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
