"""How git forges prove that a webhook is theirs, and which of their events tell of a push."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from tornado.httputil import HTTPHeaders

# With each of these headers comes the name of the event; without any, the request is a push.
_PUSHES = {
    "X-Gitea-Event": {"push"},
    "X-GitHub-Event": {"push"},
    "X-Gitlab-Event": {"Push Hook", "Tag Push Hook"},
    "X-Event-Key": {"repo:push", "repo:refs_changed"},  # Bitbucket's cloud and data center
}

# The HMAC of the body in hexadecimal, in some forges after the name of the hash function.
_SIGNATURES = {
    "X-Hub-Signature-256": "sha256=",  # GitHub, Gitea, Forgejo
    "X-Hub-Signature": "sha256=",  # Bitbucket; GitHub's is an old one with SHA-1
    "X-Gitea-Signature": "",
    "X-Forgejo-Signature": "",
}

# The secret itself.
_TOKENS = {"X-Gitlab-Token": "", "X-Webhook-Secret": "", "Authorization": "Bearer "}


def is_push(headers: HTTPHeaders) -> bool:
    """Whether the request tells of a push, and not of an issue, a ping or the like."""
    for header, pushes in _PUSHES.items():
        if header in headers:
            return headers[header] in pushes
    return True


class Proof:
    """Finds out whether a request comes from somebody who knows the secret.

    The body passes through in pieces and is not kept.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._body = hmac.new(self._secret, digestmod="sha256")

    def add(self, chunk: bytes) -> None:
        """Take the next piece of the body."""
        self._body.update(chunk)

    def is_given_by(self, headers: HTTPHeaders) -> bool:
        """Whether one of the headers could only be made with the secret."""
        signature = self._body.hexdigest().encode()
        proofs = [hmac.compare_digest(each, signature) for each in _values(headers, _SIGNATURES)]
        proofs += [hmac.compare_digest(each, self._secret) for each in _values(headers, _TOKENS)]
        return any(proofs)


def _values(headers: HTTPHeaders, prefixes: dict[str, str]) -> Iterator[bytes]:
    """What follows the prefix, of the headers that are there and have it."""
    for header, prefix in prefixes.items():
        value = headers.get(header, "")
        if header in headers and value.startswith(prefix):
            yield value.removeprefix(prefix).encode()
