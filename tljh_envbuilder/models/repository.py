"""Addresses of git repositories: what is accepted, and how it is written down."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, StringConstraints

# `git@host:path`, the way git forges print SSH addresses.
_SCP_LIKE = re.compile(r"(?P<user>[A-Za-z0-9_.-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*)")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_SSH_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

#: Schemes that a repository address can have at all; which ones a service accepts is a setting.
KNOWN_SCHEMES = ("https", "http", "ssh", "git", "file")

DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22}


def parse_repo_url(value: str) -> str:
    """The canonical form of a repository address.

    `git@host:path` becomes `ssh://git@host/path`, an absolute local path becomes `file://path`;
    scheme and host become lower case. Raises ValueError where git could take the address for
    anything but a plain address of one of `KNOWN_SCHEMES`, or where it carries a password.
    """
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("must be printable ASCII without spaces")
    if value.startswith("-"):
        raise ValueError("must not start with '-'")
    if value.startswith("/"):
        value = f"file://{value}"
    scp_like = _SCP_LIKE.fullmatch(value)
    if scp_like and "://" not in value:
        value = "ssh://{user}@{host}/{path}".format(**scp_like.groupdict())
    scheme, separator, _ = value.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in KNOWN_SCHEMES:
        raise ValueError("must be an address like https://host/owner/repository")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("is not a valid address") from None
    if parts.query or parts.fragment:
        raise ValueError("must not have a query or a fragment")
    if ".." in unquote(parts.path).split("/"):
        raise ValueError("must not contain '..'")
    if scheme == "file":
        return _local(parts.netloc, parts.path)
    return _remote(scheme, parts.netloc, port, parts.path)


def _local(netloc: str, path: str) -> str:
    if netloc or not path.startswith("/"):
        raise ValueError("a local repository is an absolute path")
    return f"file://{path}"


def _remote(scheme: str, netloc: str, port: int | None, path: str) -> str:
    user, _, address = netloc.rpartition("@")
    if user and (scheme != "ssh" or not _SSH_USER.fullmatch(user)):
        raise ValueError("must not carry a user name or a password; remove the part before '@'")
    # Not urlsplit().hostname, which drops the brackets of an IPv6 address.
    host = address if port is None else address.rpartition(":")[0]
    if not _HOST.fullmatch(host):
        raise ValueError("has no valid host name")
    if path.strip("/") == "" or path.startswith("//"):
        raise ValueError("must name a repository on its host")
    if scheme in ("https", "http") and "@" in path:
        # More often a password with a '/' in it than a path.
        raise ValueError("must have its '@' before the host; in a path write %40")
    if path.lstrip("/").startswith("-"):
        raise ValueError("the path must not start with '-'")
    where = host.lower() + (f":{port}" if port is not None else "")
    return f"{scheme}://{f'{user}@' if user else ''}{where}{path}"


def scheme_of(repo_url: str) -> str:
    """The scheme of a canonical address."""
    return repo_url.partition("://")[0]


def host_of(repo_url: str) -> str:
    """The host of a canonical address, without user and port; empty for a local path."""
    return urlsplit(repo_url).hostname or ""


def is_on(repo_url: str, hosts: Collection[str]) -> bool:
    """Whether a canonical address is on one of the hosts or of their subdomains."""
    host = host_of(repo_url)
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def origin_of(repo_url: str) -> str:
    """Scheme, host and port of a canonical address: what credentials are bound to."""
    parts = urlsplit(repo_url)
    return f"{parts.scheme}://{host_of(repo_url)}:{parts.port or DEFAULT_PORTS.get(parts.scheme)}"


RepoUrl = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=2000),
    AfterValidator(parse_repo_url),
    Field(
        description="Address of a git repository: https, http or ssh, and what else is allowed.",
        examples=["https://github.com/binder-examples/requirements"],
    ),
]
