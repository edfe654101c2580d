"""What a leak would look like: a secret in each form in which it could be written down."""

from __future__ import annotations

import json
import mmap
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

Place = bytes | Path


def forms(secret: str | bytes) -> set[bytes]:
    """The secret itself, URL-quoted, in JSON, in hexadecimal, and within anything in base64."""
    raw = secret.encode() if isinstance(secret, str) else secret
    found = {raw, raw.hex().encode(), *_in_base64(raw)}
    if isinstance(secret, str):
        found |= {json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode()}
        found |= {quote(secret).encode(), quote(secret, safe="").encode()}
        found |= {quote_plus(secret).encode()}
    return found


def forms_of_key(private_key: str) -> set[bytes]:
    """The lines of a key's file, and the number that is the key itself."""
    key = load_ssh_private_key(private_key.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    # The first lines of the text are alike in all keys, and then comes the public one.
    lines = private_key.strip().splitlines()[3:-1]
    return {form for line in lines for form in forms(line)} | forms(key.private_bytes_raw())


def found_in(place: Place, marks: Iterable[bytes]) -> list[bytes]:
    """The marks that are there, for an assertion that shows them."""
    if isinstance(place, bytes):
        return [mark for mark in marks if mark in place]
    with place.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [mark for mark in marks if content.find(mark) >= 0]


def _in_base64(raw: bytes) -> set[bytes]:
    """What is left of the secret in base64 that began up to two bytes before it."""
    found = set()
    for offset, start in enumerate((0, 2, 3)):
        for encode in (b64encode, urlsafe_b64encode):
            found.add(encode(bytes(offset) + raw)[start : (offset + len(raw)) * 8 // 6])
    return found
