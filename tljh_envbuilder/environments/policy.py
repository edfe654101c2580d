"""What this installation allows, beyond what is well-formed."""

from __future__ import annotations

import os

from traitlets import Bool, Set, Unicode
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import FieldError, InvalidRequest
from tljh_envbuilder.models.environment import EnvironmentChange, EnvironmentRequest
from tljh_envbuilder.models.repository import KNOWN_SCHEMES, host_of, scheme_of


class Policy(LoggingConfigurable):
    """Which repositories may be built, and how large servers may be."""

    allowed_schemes = Set(
        Unicode(),
        default_value={"https", "http", "ssh"},
        config=True,
        help=f"Schemes that repository addresses may have, of {', '.join(KNOWN_SCHEMES)}. "
        "`file` gives builders each repository on this machine that the fetch worker may read.",
    )
    allowed_hosts = Set(
        Unicode(),
        config=True,
        help="Hosts that repositories may be on, with their subdomains; empty for any.",
    )
    limit_to_machine = Bool(
        False,
        config=True,
        help="Refuse limits above the memory (bytes) and the cores of this machine.",
    )

    @property
    def allow_local(self) -> bool:
        """Whether a local path is an acceptable repository."""
        return "file" in self.allowed_schemes

    def check(self, request: EnvironmentRequest | EnvironmentChange) -> None:
        """Raises InvalidRequest that names each field which is not allowed here."""
        errors = []
        if request.repo_url is not None and (reason := self._against_repository(request.repo_url)):
            errors.append(FieldError("repo_url", reason))
        memory, cores = _memory_of_machine(), os.cpu_count() or 1
        if self.limit_to_machine and request.mem_limit and request.mem_limit > memory:
            errors.append(
                FieldError("mem_limit", f"must not be above the machine's {memory} bytes")
            )
        if self.limit_to_machine and request.cpu_limit and request.cpu_limit > cores:
            errors.append(FieldError("cpu_limit", f"must not be above the machine's {cores} cores"))
        if errors:
            what = "; ".join(f"{error.field} {error.message}" for error in errors)
            raise InvalidRequest(f"This is not allowed here: {what}.", errors=errors)

    def _against_repository(self, repo_url: str) -> str | None:
        scheme, host = scheme_of(repo_url), host_of(repo_url)
        if scheme not in self.allowed_schemes:
            return f"must start with one of {', '.join(sorted(self.allowed_schemes))}"
        if scheme != "file" and self.allowed_hosts and not self._is_allowed(host):
            return f"must be on one of {', '.join(sorted(self.allowed_hosts))}"
        return None

    def _is_allowed(self, host: str) -> bool:
        return any(
            host == allowed or host.endswith(f".{allowed}") for allowed in self.allowed_hosts
        )


def _memory_of_machine() -> int:
    """In bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
