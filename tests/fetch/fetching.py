"""How the tests fetch: `await fetch(repo_url, ref, **options of Fetcher.fetch)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tljh_envbuilder.builds.fetcher import FetchedContext

Fetch = Callable[..., Awaitable[FetchedContext]]
