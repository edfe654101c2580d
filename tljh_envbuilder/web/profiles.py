"""The machine profiles."""

from __future__ import annotations

from tljh_envbuilder.models.launch import ProfileList
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class ProfilesHandler(BaseHandler):
    """The machine profiles on offer."""

    @operation("List the machine profiles on offer", answers={200: ProfileList})
    async def get(self) -> None:
        """List the machine profiles that the caller may choose."""
        profiles = self.services.profiles
        self.write_model(
            ProfileList(items=profiles.open_to(self.caller), free_size=profiles.largest_size)
        )
