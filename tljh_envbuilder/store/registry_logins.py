"""Logins for registries in the database: encrypted, and bound to their registry."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from tljh_envbuilder.errors import CredentialsLost
from tljh_envbuilder.models.registry import BoundLogin, RegistryLogin
from tljh_envbuilder.store.database import Database
from tljh_envbuilder.store.schema import RegistryLoginRow
from tljh_envbuilder.store.transactions import Transactional, reads, writes
from tljh_envbuilder.store.vault import CannotDecrypt, Vault


class RegistryLoginStore(Transactional):
    """What opens each registry; nobody is ever shown it."""

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database)
        self._vault = vault

    @writes
    async def keep(self, session: AsyncSession, registry: str, login: RegistryLogin) -> None:
        """Keep the login, in place of an earlier one."""
        bound = BoundLogin(
            registry=registry,
            username=login.username.get_secret_value(),
            password=login.password.get_secret_value(),
        )
        encrypted = self._vault.encrypt(bound.model_dump_json().encode())
        await session.merge(RegistryLoginRow(host=registry, encrypted=encrypted))

    @writes
    async def forget(self, session: AsyncSession, registry: str) -> None:
        """Forget the login, if there is one."""
        await session.execute(delete(RegistryLoginRow).where(RegistryLoginRow.host == registry))

    @reads
    async def get(self, session: AsyncSession, registry: str) -> RegistryLogin | None:
        """The login for this registry, if one is kept; raises CredentialsLost."""
        row = await session.get(RegistryLoginRow, registry)
        if row is None:
            return None
        try:
            bound = BoundLogin.model_validate_json(self._vault.decrypt(row.encrypted))
        except CannotDecrypt:
            bound = None
        if bound is None or bound.registry != registry:
            raise CredentialsLost(
                f"The login for {registry} cannot be read, as the key that it was encrypted with "
                "is gone: enter it again."
            )
        return bound.login()

    # The last one: after it, `list` in this class is no longer the type.
    @reads
    async def list(self, session: AsyncSession) -> list[str]:
        """The registries that there are logins for."""
        query = select(RegistryLoginRow.host).order_by(RegistryLoginRow.host)
        return [*await session.scalars(query)]
