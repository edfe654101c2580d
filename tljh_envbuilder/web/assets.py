"""The files that the pages load: made by `frontend/`, and read once."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tljh_envbuilder.errors import ConfigurationError, NotFound
from tljh_envbuilder.web.base import BaseHandler

FOLDER = Path(__file__).parent / "static"
#: Files whose name is another one whenever their content is, in seconds: a year.
FOREVER = "public, max-age=31536000, immutable"
#: What is asked for by a name that stays the same.
REVALIDATED = "public, no-cache"
ENCODINGS = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True)
class Asset:
    """A file in each form in which it is sent."""

    name: str
    content: bytes
    etag: str
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """As browsers want it, who are told not to guess."""
        kind = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        if self.name.endswith(".js"):
            kind = "text/javascript"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


class Assets:
    """What the build of the frontend has left, by name: nothing else is ever sent."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigurationError where the frontend was not built."""
        try:
            # Vite's manifest: https://vite.dev/guide/backend-integration
            manifest = json.loads((folder / "manifest.json").read_text())
        except FileNotFoundError:
            raise ConfigurationError(
                f"The pages are not built: {folder} has no manifest.json. Install a released"
                " package, or run `make setup` in a checkout."
            ) from None
        self._entries = {entry["name"]: entry for entry in manifest.values() if "isEntry" in entry}
        self._stylesheet = next(
            entry["file"] for entry in manifest.values() if entry["file"].endswith(".css")
        )
        names = [*{entry["file"] for entry in manifest.values()}, "badge.svg"]
        self._assets = {name: _read(folder / name) for name in names}
        # The Hub's pages name it without knowing what it is called this time.
        self._assets["spawn-form.js"] = self._assets[self._entries["spawn-form"]["file"]]

    @property
    def script(self) -> str:
        """Name of the script of the pages."""
        return str(self._entries["page"]["file"])

    @property
    def stylesheet(self) -> str:
        """Name of the stylesheet of the pages."""
        return str(self._stylesheet)

    def get(self, name: str) -> Asset:
        """Raises NotFound."""
        try:
            return self._assets[name]
        except KeyError:
            raise NotFound("There is nothing at this address.") from None


@lru_cache
def built_assets() -> Assets:
    """Those of this package."""
    return Assets(FOLDER)


def _has_digest(name: str) -> bool:
    """Whether the name is another one whenever the content is: Vite's `name-digest.js`."""
    return re.fullmatch(r".+-[\w-]{8}\.\w+", name) is not None


def _read(path: Path) -> Asset:
    encoded = {
        encoding: path.with_name(path.name + ending).read_bytes()
        for encoding, ending in ENCODINGS.items()
        if path.with_name(path.name + ending).exists()
    }
    content = path.read_bytes()
    return Asset(path.name, content, hashlib.sha256(content).hexdigest()[:32], encoded)


class AssetHandler(BaseHandler):
    """A file of the frontend."""

    public = True
    content_security_policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

    async def get(self, name: str) -> None:
        """Send the file as small as the browser takes it."""
        asset = built_assets().get(name)
        accepted = self.request.headers.get("Accept-Encoding", "")
        encoding = next((each for each in asset.encoded if each in accepted), None)
        self.set_header("Content-Type", asset.content_type)
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("Cache-Control", FOREVER if _has_digest(name) else REVALIDATED)
        self.set_header("Etag", f'"{asset.etag}-{encoding or "plain"}"')
        if encoding is not None:
            self.set_header("Content-Encoding", encoding)
        if self.check_etag_header():
            self.set_status(304)
            return
        self.write(asset.content if encoding is None else asset.encoded[encoding])

    async def head(self, name: str) -> None:
        """As GET; Tornado leaves the content out."""
        await self.get(name)
