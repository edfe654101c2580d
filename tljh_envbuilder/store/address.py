"""Which database, from the setting: SQLite in the state folder unless it says otherwise."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tljh_envbuilder.errors import ConfigurationError

FILE_NAME = "envbuilder.sqlite"

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def parse_database_url(setting: str, state_dir: Path) -> URL:
    """The database's address, with the driver that this package uses.

    No message repeats the setting: it may hold a password.
    """
    if not setting:
        return URL.create("sqlite+aiosqlite", database=str(state_dir / FILE_NAME))
    try:
        url = make_url(setting)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "database_url must look like postgresql://user:password@host/database."
        ) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise ConfigurationError(
            f"database_url: '{url.drivername}' is not supported; use postgresql:// or sqlite:///."
        )
    url = url.set(drivername=driver)
    if is_sqlite(url):
        if url.database in (None, "", ":memory:") or url.query:
            raise ConfigurationError("database_url: SQLite needs a file, as in sqlite:////path.")
        return url
    return _with_ssl_mode(url)


def is_sqlite(url: URL) -> bool:
    """Whether this is a file."""
    return url.get_backend_name() == "sqlite"


def shown(url: URL) -> str:
    """The address for messages and logs: without user, password and options."""
    if is_sqlite(url):
        return f"SQLite file {url.database}"
    port = "" if url.port is None else f":{url.port}"
    return f"PostgreSQL database {url.database} on {url.host or 'localhost'}{port}"


def _with_ssl_mode(url: URL) -> URL:
    # libpq's `sslmode` is what every manual names; asyncpg calls it `ssl`.
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
