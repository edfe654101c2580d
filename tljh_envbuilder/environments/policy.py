"""What this installation allows, beyond what is well-formed."""

from __future__ import annotations

import os

from traitlets import Bool
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.errors import FieldError, InvalidRequest
from tljh_envbuilder.models.environment import EnvironmentChange, EnvironmentRequest


class Policy(LoggingConfigurable):
    """Which repositories may be built, and how large servers may be."""

    limit_to_machine = Bool(
        False,
        config=True,
        help="Refuse limits above the memory (bytes) and the cores of this machine.",
    )

    def __init__(self, sources: Sources, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._sources = sources

    def check(self, request: EnvironmentRequest | EnvironmentChange) -> None:
        """Raises InvalidRequest that names each field which is not allowed here."""
        errors = []
        if request.repo_url and (reason := self._sources.problem(request.repo_url)):
            errors.append(FieldError("repo_url", reason))
        memory, cores = _memory_of_machine(), os.cpu_count() or 1
        if self.limit_to_machine and request.mem_limit and request.mem_limit > memory:
            errors.append(
                FieldError("mem_limit", f"must not be above the machine's {memory} bytes")
            )
        if self.limit_to_machine and request.cpu_limit and request.cpu_limit > cores:
            errors.append(FieldError("cpu_limit", f"must not be above the machine's {cores} cores"))
        _refuse(errors)

    def check_address(self, repo_url: str) -> None:
        """Raises InvalidRequest for a repository that is not accepted here."""
        if reason := self._sources.problem(repo_url):
            _refuse([FieldError("repo_url", reason)])


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        what = "; ".join(f"{error.field} {error.message}" for error in errors)
        raise InvalidRequest(f"This is not allowed here: {what}.", errors=errors)


def _memory_of_machine() -> int:
    """In bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
