"""What lets git into a private repository: files in the worker's home, for the time of a fetch.

Whatever is for the repository's host is for that scheme, host and port alone: submodules elsewhere
are fetched as anybody could, and git and curl send nothing on to where a host redirects them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

from tljh_envbuilder.fetch.messages import FetchRequest
from tljh_envbuilder.models.credentials import Credentials
from tljh_envbuilder.models.repository import DEFAULT_PORTS, host_of, scheme_of

GIT_CONFIG = "git_login"
SSH_CONFIG = "ssh_config"
_KNOWN_HOSTS = "known_hosts"
_PASSWORD = ".git-credentials"  # where git's helper `store` looks
_SSH_KEY = "ssh_key"

# Of each setting, ssh takes the first value. Nothing that this process's user has is offered to
# anybody, and a host is known or refused: a key that is trusted when first seen proves nothing.
_SSH = """\
Match all
    BatchMode yes
    ConnectTimeout 20
    GlobalKnownHostsFile /dev/null
    IdentitiesOnly yes
    IdentityAgent none
    IdentityFile none
    StrictHostKeyChecking yes
    UpdateHostKeys no
    UserKnownHostsFile "${HOME}/known_hosts"
"""
_SSH_FOR_HOST = """\
Match host "{host}" exec "test %p = {port}"
    {setting}
"""
_WITH_KEY = 'IdentityFile "${HOME}/ssh_key"'
_WITH_AGENT = "IdentityAgent SSH_AUTH_SOCK\n    IdentitiesOnly no"


@contextmanager
def logged_in(request: FetchRequest) -> Iterator[None]:
    """Let git use what the request has for the repository's host, until the block ends."""
    home = Path.home()
    try:
        for name, text in _files(request).items():
            (home / name).write_text(text, encoding="utf-8")
        yield
    finally:
        log_out(home)


def log_out(home: Path) -> None:
    """Remove what is secret."""
    for name in (_PASSWORD, _SSH_KEY):
        (home / name).unlink(missing_ok=True)


def agent_answers(path: str) -> bool:
    """Whether an SSH agent serves this user; it serves nobody but its own."""
    with socket.socket(socket.AF_UNIX) as agent, suppress(OSError):
        agent.settimeout(5)
        agent.connect(path)
        agent.sendall(b"\0\0\0\1\x0b")  # asks for its list of keys
        return agent.recv(1) != b""
    return False


def _files(request: FetchRequest) -> dict[str, str]:
    """Text of the files by name; the umask makes them private."""
    url, credentials = request.repo_url, request.credentials
    files = {_KNOWN_HOSTS: request.known_hosts, SSH_CONFIG: _SSH}
    if scheme_of(url) == "ssh":
        if credentials is not None and credentials.ssh_key is not None:
            files[_SSH_KEY] = credentials.ssh_key.get_secret_value()
            files[SSH_CONFIG] = _for_host(url, _WITH_KEY) + _SSH
        elif "SSH_AUTH_SOCK" in os.environ:
            files[SSH_CONFIG] = _for_host(url, _WITH_AGENT) + _SSH
    elif credentials is not None:
        address = f"{scheme_of(url)}://{urlsplit(url).netloc}"
        files[GIT_CONFIG] = f'[credential "{address}"]\n    helper = store\n'
        files[_PASSWORD] = _git_credentials(url, credentials)
    return files


def _for_host(url: str, setting: str) -> str:
    port = urlsplit(url).port or DEFAULT_PORTS["ssh"]
    return _SSH_FOR_HOST.format(host=host_of(url), port=port, setting=setting)


def _git_credentials(url: str, credentials: Credentials) -> str:
    """Lines as in git-credential-store(1), for each way to write the host and its port."""
    assert credentials.username is not None
    assert credentials.password is not None
    user, password = (
        quote(secret.get_secret_value(), safe="")
        for secret in (credentials.username, credentials.password)
    )
    scheme, netloc = scheme_of(url), urlsplit(url).netloc
    default = f":{DEFAULT_PORTS[scheme]}"
    hosts = {netloc}
    if urlsplit(url).port is None:
        hosts.add(netloc + default)
    elif netloc.endswith(default):
        hosts.add(netloc.removesuffix(default))
    return "".join(f"{scheme}://{user}:{password}@{host}\n" for host in sorted(hosts))
