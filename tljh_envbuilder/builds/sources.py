"""Where repositories may come from."""

from __future__ import annotations

from traitlets import Set, Unicode
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.models.repository import KNOWN_SCHEMES, host_of, scheme_of


class Sources(LoggingConfigurable):
    """Which addresses of repositories are accepted, when they are typed and at each build."""

    allowed_schemes = Set(
        Unicode(),
        default_value={"https", "http", "ssh"},
        config=True,
        help="Schemes that repositories and their submodules may use, of "
        f"{', '.join(KNOWN_SCHEMES)}. `file` gives builders each repository on this machine that "
        "the fetch worker may read.",
    )
    allowed_hosts = Set(
        Unicode(),
        config=True,
        help="Hosts that repositories may be on, with their subdomains; empty for any. Submodules "
        "and redirects may lead to others.",
    )

    def problem(self, repo_url: str) -> str | None:
        """What is wrong with a canonical address here; None for one that is accepted."""
        scheme, host = scheme_of(repo_url), host_of(repo_url)
        if scheme not in self.allowed_schemes:
            return f"must start with one of {', '.join(sorted(self.allowed_schemes))}"
        if scheme != "file" and self.allowed_hosts and not self._is_allowed(host):
            return f"must be on one of {', '.join(sorted(self.allowed_hosts))}"
        return None

    def require(self, repo_url: str) -> None:
        """Raises FetchFailed for an address that is not accepted, or no longer."""
        if problem := self.problem(repo_url):
            raise FetchFailed(f"The repository's address is not allowed here: it {problem}.")

    def _is_allowed(self, host: str) -> bool:
        return any(
            host == allowed or host.endswith(f".{allowed}") for allowed in self.allowed_hosts
        )
