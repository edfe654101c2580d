"""What each forge sends with a push: the headers that matter, made as the forge makes them."""

from __future__ import annotations

import hmac
from collections.abc import Callable

Headers = dict[str, str]


def _sha256(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def github(secret: str, body: bytes, event: str = "push") -> Headers:
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, "sha1").hexdigest(),
        "X-Hub-Signature-256": "sha256=" + _sha256(secret, body),
    }


def gitlab(secret: str, body: bytes, event: str = "Push Hook") -> Headers:
    return {"X-Gitlab-Event": event, "X-Gitlab-Token": secret}


def gitea(secret: str, body: bytes, event: str = "push") -> Headers:
    signature = _sha256(secret, body)
    return {
        "X-Gitea-Event": event,
        "X-GitHub-Event": event,
        "X-Gitea-Signature": signature,
        "X-Gogs-Signature": signature,
        "X-Hub-Signature-256": "sha256=" + signature,
    }


def old_gitea(secret: str, body: bytes, event: str = "push") -> Headers:
    return {"X-Gitea-Event": event, "X-Gitea-Signature": _sha256(secret, body)}


def forgejo(secret: str, body: bytes, event: str = "push") -> Headers:
    return {"X-Forgejo-Event": event, "X-Forgejo-Signature": _sha256(secret, body)}


def bitbucket(secret: str, body: bytes, event: str = "repo:push") -> Headers:
    return {"X-Event-Key": event, "X-Hub-Signature": "sha256=" + _sha256(secret, body)}


def bearer(secret: str, body: bytes) -> Headers:
    return {"Authorization": f"Bearer {secret}"}


def plain(secret: str, body: bytes) -> Headers:
    return {"X-Webhook-Secret": secret}


Forge = Callable[[str, bytes], Headers]

SIGNING: list[Forge] = [github, gitea, old_gitea, forgejo, bitbucket]
FORGES: list[Forge] = [*SIGNING, gitlab, bearer, plain]
OTHER_EVENTS: list[Callable[[str, bytes, str], Headers]] = [github, gitlab, gitea, bitbucket]
