"""Where repositories may come from."""

from __future__ import annotations

from traitlets import Set, Unicode
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.models.repository import KNOWN_SCHEMES, is_on, scheme_of


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
        help="Hosts that repositories and their submodules may be on, with their subdomains; empty "
        "for any. Where one of these hosts redirects to another, that is followed.",
    )

    def problem(self, repo_url: str) -> str | None:
        """What is wrong with a canonical address here; None for one that is accepted."""
        scheme = scheme_of(repo_url)
        if scheme not in self.allowed_schemes:
            return f"must start with one of {', '.join(sorted(self.allowed_schemes))}"
        if scheme != "file" and self.allowed_hosts and not is_on(repo_url, self.allowed_hosts):
            return f"must be on one of {', '.join(sorted(self.allowed_hosts))}"
        return None

    def require(self, repo_url: str) -> None:
        """Raises FetchFailed for an address that is not accepted, or no longer."""
        if problem := self.problem(repo_url):
            raise FetchFailed(f"The repository's address is not allowed here: it {problem}.")
