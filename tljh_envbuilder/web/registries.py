"""Registries of images, and the logins for them."""

from __future__ import annotations

from tljh_envbuilder.models.registry import RegistryList, RegistryLogin
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation
from tljh_envbuilder.web.paths import registry_in


class RegistriesHandler(BaseHandler):
    """The registries that the service knows."""

    @operation("List registries, and for which a login is kept", answers={200: RegistryList})
    async def get(self) -> None:
        """List the registries."""
        self.write_model(RegistryList(items=await self.services.registries.list(self.caller)))


class RegistryHandler(BaseHandler):
    """One registry's login."""

    @operation("Keep a login for a registry, encrypted", request=RegistryLogin, answers={204: None})
    async def put(self, raw: str) -> None:
        """Keep the login in place of an earlier one; nobody is ever shown it."""
        host = registry_in(raw)
        login = self.read_model(RegistryLogin)
        await self.services.registries.keep_login(self.caller, host, login)
        self.set_status(204)

    @operation("Forget the login for a registry", answers={204: None})
    async def delete(self, raw: str) -> None:
        """Forget the login, if there is one."""
        await self.services.registries.forget_login(self.caller, registry_in(raw))
        self.set_status(204)
