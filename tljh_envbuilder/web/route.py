"""One route: a path and who handles it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tljh_envbuilder.web.base import BaseHandler


@dataclass(frozen=True)
class Route:
    """A path below the service's prefix, with `{parameters}`, and who handles it."""

    path: str
    handler: type[BaseHandler]

    @property
    def pattern(self) -> str:
        """The path as a regular expression."""
        # A server's name may be empty: that is the default server.
        return re.sub(
            r"\{(\w+)\}", lambda m: "([^/]*)" if m[1] == "server_name" else "([^/]+)", self.path
        )
