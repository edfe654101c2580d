"""Credentials of private repositories in the database: encrypted, and bound to a host."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from traitlets.log import get_logger

from tljh_envbuilder.errors import CredentialsLost
from tljh_envbuilder.models.base import Frozen
from tljh_envbuilder.models.build import ACTIVE
from tljh_envbuilder.models.credentials import REVEALED, Credentials
from tljh_envbuilder.models.repository import origin_of
from tljh_envbuilder.store.database import Database
from tljh_envbuilder.store.schema import (
    BuildCredentialsRow,
    BuildRow,
    CredentialsRow,
    EnvironmentRow,
    RegistryLoginRow,
)
from tljh_envbuilder.store.transactions import Transactional, reads, writes
from tljh_envbuilder.store.vault import CannotDecrypt, Vault

_ACTIVE = [status.value for status in ACTIVE]
# All that the vault has encrypted.
_ENCRYPTED = (
    CredentialsRow.encrypted,
    BuildCredentialsRow.encrypted,
    EnvironmentRow.webhook_secret,
    RegistryLoginRow.encrypted,
)


class BoundCredentials(Frozen):
    """Credentials with the one place that they are for: what is encrypted."""

    origin: str
    credentials: Credentials


class CredentialStore(Transactional):
    """What each environment remembers, and what single builds were given.

    The host is encrypted together with the secret, so that no change of a row, by whatever
    mistake, makes the secret one for another host.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database)
        self._vault = vault

    @writes
    async def of_build(
        self, session: AsyncSession, build_id: int, environment: str, repo_url: str
    ) -> Credentials | None:
        """What the build fetches this address with: what it was given, else what is remembered.

        What the environment has for a single build becomes this build's. Raises CredentialsLost.
        """
        given = await session.get(BuildCredentialsRow, build_id)
        if given is not None:
            return self._opened(given.encrypted, repo_url)
        kept = await session.get(CredentialsRow, environment)
        if kept is None:
            return None
        if kept.once:
            session.add(BuildCredentialsRow(build_id=build_id, encrypted=kept.encrypted))
            await session.delete(kept)
        return self._opened(kept.encrypted, repo_url)

    @reads
    async def remembered(
        self, session: AsyncSession, environment: str, repo_url: str
    ) -> Credentials | None:
        """What may be used at any time to look at this address; raises CredentialsLost."""
        kept = await session.get(CredentialsRow, environment)
        if kept is None or kept.once:
            return None
        return self._opened(kept.encrypted, repo_url)

    async def keep(
        self,
        session: AsyncSession,
        credentials: Credentials,
        repo_url: str,
        *,
        environment: str,
        build_id: int | None = None,
    ) -> None:
        """Keep what the environment is to remember, or what is for this build or the next one.

        Part of another transaction, the one that adds the environment or the build.
        """
        encrypted = self._closed(credentials, repo_url)
        if credentials.remember or build_id is None:
            once = not credentials.remember
            row = CredentialsRow(environment=environment, once=once, encrypted=encrypted)
            await session.merge(row)
        else:
            session.add(BuildCredentialsRow(build_id=build_id, encrypted=encrypted))

    async def forget(self, session: AsyncSession, environment: str) -> None:
        """Forget what is kept for the environment and its builds; part of another transaction."""
        builds = select(BuildRow.id).where(BuildRow.environment == environment)
        await session.execute(
            delete(CredentialsRow).where(CredentialsRow.environment == environment)
        )
        await session.execute(
            delete(BuildCredentialsRow).where(BuildCredentialsRow.build_id.in_(builds))
        )

    @writes
    async def renew(self, session: AsyncSession) -> None:
        """Encrypt with the newest key what an older one has encrypted.

        What ended builds have left, should a crash ever make that possible, goes.
        """
        active = select(BuildRow.id).where(BuildRow.status.in_(_ACTIVE))
        await session.execute(
            delete(BuildCredentialsRow).where(BuildCredentialsRow.build_id.not_in(active))
        )
        lost = 0
        for column in _ENCRYPTED:
            rows = await session.scalars(select(column.class_).where(column.is_not(None)))
            for row in rows.all():
                try:
                    setattr(row, column.key, self._vault.renewed(getattr(row, column.key)))
                except CannotDecrypt:
                    lost += 1
        if lost:
            get_logger().warning(
                "Secrets in the database (%d) cannot be decrypted with any of Vault.keys: add the "
                "key that they were encrypted with, or enter them anew.",
                lost,
            )

    def _closed(self, credentials: Credentials, repo_url: str) -> bytes:
        bound = BoundCredentials(origin=origin_of(repo_url), credentials=credentials)
        return self._vault.encrypt(bound.model_dump_json(context=REVEALED).encode())

    def _opened(self, encrypted: bytes, repo_url: str) -> Credentials:
        try:
            bound = BoundCredentials.model_validate_json(self._vault.decrypt(encrypted))
        except CannotDecrypt:
            raise CredentialsLost(
                "The credentials of this repository cannot be read, as the key that they were "
                "encrypted with is gone: enter them again."
            ) from None
        if bound.origin != origin_of(repo_url):
            raise CredentialsLost(
                "The credentials are for another host than the repository is on: enter new ones."
            )
        return bound.credentials
