"""The environments, and what is done with one."""

from __future__ import annotations

from tljh_envbuilder.models.build import Build, BuildList, BuildRequest
from tljh_envbuilder.models.environment import (
    CopyRequest,
    Environment,
    EnvironmentChange,
    EnvironmentList,
    EnvironmentRequest,
    PublishRequest,
    RemovalPreview,
    RollbackRequest,
)
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.operations import operation
from tljh_envbuilder.web.paths import environment_name_in
from tljh_envbuilder.web.queries import DeleteQuery, PageQuery, SearchQuery


class EnvironmentsHandler(BaseHandler):
    """The collection of environments."""

    @operation(
        "List the environments you may see", query=SearchQuery, answers={200: EnvironmentList}
    )
    async def get(self) -> None:
        """List the environments that the caller may see."""
        page = self.read_query(SearchQuery)
        items, total = await self.services.environments.list(
            self.caller,
            q=page.q,
            limit=page.limit,
            offset=page.offset,
            sort=page.sort,
            status=page.status,
            owner=page.owner,
        )
        self.write_model(EnvironmentList(items=items, total=total))

    @operation(
        "Add an environment and queue its first build",
        request=EnvironmentRequest,
        answers={202: Environment},
        errors=(409,),
    )
    async def post(self) -> None:
        """Add an environment and queue its first build."""
        request = self.read_model(EnvironmentRequest)
        environment = await self.services.environments.add(self.caller, request)
        self.set_status(202)
        self.set_header("Location", self.url_for("api", "environments", environment.name))
        self.write_model(environment)


class EnvironmentHandler(BaseHandler):
    """One environment."""

    @operation("Show an environment", answers={200: Environment})
    async def get(self, name: str) -> None:
        """Show the environment."""
        self.write_model(
            await self.services.environments.get(self.caller, environment_name_in(name))
        )

    @operation(
        "Change an environment, without a rebuild",
        request=EnvironmentChange,
        answers={200: Environment},
    )
    async def patch(self, name: str) -> None:
        """Change what the environment says."""
        name = environment_name_in(name)
        change = self.read_model(EnvironmentChange)
        self.write_model(await self.services.environments.change(self.caller, name, change))

    @operation(
        "Remove an environment with its builds, images and logs",
        query=DeleteQuery,
        answers={204: None},
        errors=(409,),
    )
    async def delete(self, name: str) -> None:
        """Remove the environment and all that belongs to it, but never a user's home."""
        query = self.read_query(DeleteQuery)
        name = environment_name_in(name)
        await self.services.environments.delete(self.caller, name, force=query.force)
        self.set_status(204)


class RemovalHandler(BaseHandler):
    """What a deletion means."""

    @operation(
        "Tell what deleting an environment would remove, and which servers are in the way",
        answers={200: RemovalPreview},
    )
    async def get(self, name: str) -> None:
        """Tell what a deletion would remove."""
        name = environment_name_in(name)
        self.write_model(await self.services.environments.preview_removal(self.caller, name))


class EnvironmentBuildsHandler(BaseHandler):
    """The builds of an environment."""

    @operation("List the builds of an environment", query=PageQuery, answers={200: BuildList})
    async def get(self, name: str) -> None:
        """List the builds, newest first."""
        page = self.read_query(PageQuery)
        items, total = await self.services.environments.builds(
            self.caller, environment_name_in(name), limit=page.limit, offset=page.offset
        )
        self.write_model(BuildList(items=items, total=total))

    @operation("Queue a build", request=BuildRequest, answers={202: Build}, errors=(409,))
    async def post(self, name: str) -> None:
        """Queue a build."""
        name = environment_name_in(name)
        request = self.read_model(BuildRequest)
        build = await self.services.environments.rebuild(self.caller, name, request)
        self.set_status(202)
        self.set_header("Location", self.url_for("api", "builds", str(build.id)))
        self.write_model(build)


class RollbackHandler(BaseHandler):
    """Going back to an earlier build."""

    @operation(
        "Make an earlier successful build the current one",
        request=RollbackRequest,
        answers={200: Environment},
        errors=(409,),
    )
    async def post(self, name: str) -> None:
        """Make an earlier build the one that users get."""
        name = environment_name_in(name)
        request = self.read_model(RollbackRequest)
        self.write_model(
            await self.services.environments.rollback(self.caller, name, request.build)
        )


class PublishHandler(BaseHandler):
    """Letting users get a build that waits for it."""

    @operation(
        "Let users get a build of an environment that is published by hand",
        request=PublishRequest,
        answers={200: Environment},
        errors=(409,),
    )
    async def post(self, name: str) -> None:
        """Make a build the one that users get."""
        name = environment_name_in(name)
        request = self.read_model(PublishRequest)
        self.write_model(await self.services.environments.publish(self.caller, name, request.build))


class CopyHandler(BaseHandler):
    """A further environment like this one."""

    @operation(
        "Add an environment like this one, from the same image",
        request=CopyRequest,
        answers={202: Environment},
        errors=(409,),
    )
    async def post(self, name: str) -> None:
        """Add a copy, which is the caller's."""
        name = environment_name_in(name)
        request = self.read_model(CopyRequest)
        environment = await self.services.environments.copy(self.caller, name, request)
        self.set_status(202)
        self.set_header("Location", self.url_for("api", "environments", environment.name))
        self.write_model(environment)
