"""Looking at a repository before it becomes an environment."""

from __future__ import annotations

from tljh_envbuilder.models.refs import RefList, RefsRequest
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation


class RefsHandler(BaseHandler):
    """The branches and tags of a repository."""

    @operation(
        "List the branches and tags of a repository",
        request=RefsRequest,
        answers={200: RefList},
        errors=(404,),
    )
    async def post(self) -> None:
        """List what the repository has; by POST, as there may be credentials in the request."""
        request = self.read_model(RefsRequest)
        self.write_model(await self.services.refs.list(self.caller, request))
