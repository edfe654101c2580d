"""The use of the disk."""

from __future__ import annotations

from tljh_envbuilder.models.disk import Cleaned, Disk
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class DiskHandler(BaseHandler):
    """What environments take on disk."""

    @operation("Tell what the environments you manage take on disk", answers={200: Disk})
    async def get(self) -> None:
        """Tell what the caller's environments take; all of them for an admin."""
        self.write_model(await self.services.disk.show(self.caller))


class CleanHandler(BaseHandler):
    """Making room."""

    @operation("Remove now what nobody needs any more; for admins", answers={200: Cleaned})
    async def post(self) -> None:
        """Run a cleaning."""
        self.write_model(await self.services.disk.clean(self.caller))
