"""What git's and repo2docker's errors mean to a person: one sentence that says what to do."""

from __future__ import annotations

import errno
import re
from urllib.parse import urlsplit

import requests

TOO_LARGE = (
    "The repository is larger than this service allows: remove large files from it, or ask the "
    "operator to raise Fetcher.max_repository_size."
)
NO_SPACE = "The machine that fetches repositories has no space left: tell the operator."

# The first pattern found in git's output decides, so that causes come before their consequences.
_GIT: tuple[tuple[str, str], ...] = (
    (r"No space left on device|Disk quota exceeded", NO_SPACE),
    (r"File too large", TOO_LARGE),
    (
        r"unable to write file",  # git does not say why
        "A file of the repository cannot be written: it is larger than this service allows "
        "(Fetcher.max_repository_size), or the machine has no space left; ask the operator.",
    ),
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "The SSH host of {url} shows another key than the one that is known here: ask the operator "
        "whether the host has a new key, as somebody else may be answering.",
    ),
    (
        r"host key is known for \[?(?P<host>[^\s\]]+)\]?(:(?P<port>\d+))? and",
        "The SSH host {host} is not known here: ask the operator to compare the keys that "
        "`ssh-keyscan -p {port} {host}` prints with those that the host publishes, and to add them "
        "to /etc/ssh/ssh_known_hosts (or what Fetcher.known_hosts names).",
    ),
    (
        r"Host key verification failed",
        "The key of the SSH host is not known here: use an https address, or ask the operator to "
        "add the host's key to /etc/ssh/ssh_known_hosts.",
    ),
    (
        r"could not read (Username|Password)",
        "The host asks for a login: {url} is private or does not exist; check the address, or give "
        "credentials for it.",
    ),
    (
        r"Authentication failed|returned error: 40[13]",
        "The host refuses the login for {url}: check that the user is right, and that the password "
        "or token is valid and may read the repository.",
    ),
    (
        r"returned error: 30[1278]",
        "The repository at {url} has moved: use its new address.",
    ),
    (
        r"Permission denied \(",
        "The host lets nobody read {url} without an SSH key that it knows: give one, a deploy key "
        "of the repository for instance, or check the one that was given.",
    ),
    (
        r"repository '.*' not found|returned error: 4(04|10)|Repository not found",
        "There is no repository at {url}: check the address, and the credentials of a private one.",
    ),
    (
        r"does not exist|does not appear to be a git repository|not a git repository|"
        r"info/refs not valid|not found: did you run git update-server-info",
        "What is at {url} is not a git repository, or may not be read: check the address.",
    ),
    (
        r"Could not resolve (host|hostname|proxy)|Name or service not known|"
        r"Temporary failure in name resolution",
        "The host of {url} is unknown: check the address and this machine's name resolution.",
    ),
    (
        r"(?i)timed out|timeout|operation too slow|network is unreachable|no route to host",
        "The host of {url} does not answer: try again later, or check this machine's network.",
    ),
    (
        r"(?i)certificate|SSL|TLS|gnutls",
        "There is no secure connection to {url} (its certificate is not trusted here, or it does "
        "not speak TLS): check the address, or ask the operator to trust the authority that signed "
        "the certificate.",
    ),
    (
        r"(?i)failed to connect|connection refused|unable to connect",
        "The host of {url} cannot be reached: check the address and its port, and this machine's "
        "network.",
    ),
    (
        r"transport '[^']*' not allowed",
        "This service does not fetch from addresses of this kind: use an https address.",
    ),
    (
        r"not our ref|reference is not a tree|did not contain|Unable to find current",
        "The commit is not in the repository at {url}: push it there.",
    ),
    (
        r"No url found for submodule",
        "The file .gitmodules has no address for it: add the address, or remove the submodule.",
    ),
    (
        r"early EOF|hung up|RPC failed|invalid index-pack|unexpected disconnect|Empty reply",
        "The connection to {url} broke: try again.",
    ),
)


def explain_git(output: str, url: str) -> str:
    """The sentence for what git printed when it failed at this address."""
    for pattern, sentence in _GIT:
        if found := re.search(pattern, output):
            # What a pattern may leave out is a port.
            return sentence.format(url=url, **found.groupdict(default="22"))
    said = re.findall(r"^(?:fatal|error|remote): *(.+)$", output, re.MULTILINE)
    return f"git cannot fetch {url}: {said[-1] if said else 'the log may tell why'}."


def explain(error: Exception) -> str:
    """The sentence for an exception that nothing else has explained."""
    if isinstance(error, MemoryError):
        return TOO_LARGE
    for cause in (error, error.__cause__, error.__context__):
        if isinstance(cause, requests.RequestException):
            host = urlsplit(str(cause.request.url)).hostname if cause.request else "a host"
            return (
                f"repo2docker needs {host} to prepare this environment, and cannot reach it: try "
                "again later, or check this machine's network."
            )
    if isinstance(error, UnicodeDecodeError):
        return "A file that describes the environment is not UTF-8 text: save it as UTF-8."
    if isinstance(error, OSError):
        if error.errno == errno.EFBIG:
            return TOO_LARGE
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return NO_SPACE
    if str(error).startswith("Invalid runtime.txt"):
        return "runtime.txt must name a language and a version, like python-3.12: change it."
    said = " ".join(str(error).split())[:300] or type(error).__name__
    return f"repo2docker cannot use this repository: {said}"
