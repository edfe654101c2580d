"""The registries that images come from and go to: an administrator's business."""

from __future__ import annotations

from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.environments.access import require_admin
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.registry import RegistryDetail, RegistryLogin
from tljh_envbuilder.store.store import Store

_KEEP_LOGINS = "see registries and keep logins for them"


class Registries:
    """Keeps logins, beside those in the operator's Docker configuration file."""

    def __init__(self, *, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    async def keep_login(self, caller: Caller, host: str, login: RegistryLogin) -> None:
        """Keep a login in place of an earlier one."""
        require_admin(caller, _KEEP_LOGINS)
        await self._store.registry_logins.keep(host, login)

    async def forget_login(self, caller: Caller, host: str) -> None:
        """Forget a login, if there is one."""
        require_admin(caller, _KEEP_LOGINS)
        await self._store.registry_logins.forget(host)

    async def list(self, caller: Caller) -> list[RegistryDetail]:
        """The registries that there are logins for, and the one that images are pushed to."""
        require_admin(caller, _KEEP_LOGINS)
        kept = set(await self._store.registry_logins.list())
        pushed_to = {self._registry.host} - {""}
        return [
            RegistryDetail(
                registry=host,
                namespace=self._registry.namespace if host in pushed_to else None,
                has_login=host in kept,
            )
            for host in sorted(kept | pushed_to)
        ]
