"""The secrets that git forges share with this service, one for each environment."""

from __future__ import annotations

import secrets

from tljh_envbuilder.environments.access import require_managed
from tljh_envbuilder.errors import Conflict
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.store.store import Store
from tljh_envbuilder.store.vault import CannotDecrypt


class Webhooks:
    """Shows the secret to those who manage the environment, and finds it for a request."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._vault = store.vault
        self._decoy = store.vault.encrypt(_new_secret())

    async def secret(self, caller: Caller, name: str, *, renew: bool = False) -> str:
        """The secret, made when it is first asked for, or made anew."""
        require_managed(caller, await self._store.environments.get(name))
        kept = await self._store.moves.keep_webhook_secret(
            name, self._vault.encrypt(_new_secret()), replace=renew
        )
        try:
            return self._vault.decrypt(kept).decode()
        except CannotDecrypt:
            raise Conflict(
                f"The secret of {name} cannot be read, as the key that it was encrypted with is "
                "gone: make a new one."
            ) from None

    async def find(self, name: str) -> tuple[str, bool]:
        """The secret, and whether it is a real one.

        Another one where there is none, so that a stranger cannot tell by the time that it takes.
        """
        kept = await self._store.moves.webhook_secret(name)
        try:
            return self._vault.decrypt(kept or self._decoy).decode(), kept is not None
        except CannotDecrypt:
            return self._vault.decrypt(self._decoy).decode(), False


def _new_secret() -> bytes:
    return secrets.token_urlsafe(32).encode()
