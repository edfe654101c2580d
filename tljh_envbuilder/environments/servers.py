"""A person's servers: what they are, and starting and stopping them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.engine.usage import Usage
from tljh_envbuilder.environments.access import may_see, require_person
from tljh_envbuilder.environments.launches import Launches
from tljh_envbuilder.errors import BuildNotFound, EnvBuilderError, EnvironmentNotFound
from tljh_envbuilder.hub.client import HubClient, HubServer
from tljh_envbuilder.models.build import Build
from tljh_envbuilder.models.caller import Caller
from tljh_envbuilder.models.environment import Environment
from tljh_envbuilder.models.labels import (
    CHECK,
    ENVIRONMENT,
    INSTALLATION,
    SERVER,
    TEST,
    USER,
    build_in,
)
from tljh_envbuilder.models.launch import ServerRequest, Size
from tljh_envbuilder.models.server import ServerDetail, ServerProgress
from tljh_envbuilder.models.types import BuildId, EnvironmentName, ProfileLabel
from tljh_envbuilder.store.store import Store

#: Longest time that the engine is waited for, in seconds: the list is worth more than its numbers.
PATIENCE = 2.5

# What else the Hub calls pending is none of a person's business.
_PENDING: dict[str, Literal["spawn", "stop"]] = {"spawn": "spawn", "stop": "stop"}
_NAME: TypeAdapter[str] = TypeAdapter(EnvironmentName)
_LABEL: TypeAdapter[str] = TypeAdapter(ProfileLabel)
_BUILD: TypeAdapter[int] = TypeAdapter(BuildId)
_T = TypeVar("_T")


class _Running:
    """What the engine says of a server: the build that it runs, how, and what it uses."""

    def __init__(self, build: int | None, is_test: bool, usage: Usage | None) -> None:
        self.build = build
        self.is_test = is_test
        self.usage = usage or Usage()


class Servers:
    """Shows people their own servers, starts and stops them: with the caller's own token."""

    def __init__(
        self, *, store: Store, hub: HubClient, engine: DockerEngine, launches: Launches
    ) -> None:
        self._store = store
        self._hub = hub
        self._engine = engine
        self._launches = launches

    async def list(
        self, caller: Caller, token: str, address: Callable[[str, bool], str]
    ) -> list[ServerDetail]:
        """The caller's servers; `address` tells where one is, by its name and whether it is ready.

        Raises NotAllowed where the token may not see them, and HubUnavailable.
        """
        require_person(caller)
        servers = await self._hub.servers(token, caller.name)
        running = await self._running(caller.name) if servers else {}
        return [
            await self._detail(
                caller,
                server,
                running.get((server.name, _option(server, "environment", _NAME))),
                address(server.name, server.ready),
            )
            for server in servers
        ]

    async def start(self, caller: Caller, token: str, request: ServerRequest) -> bool:
        """Ask for a server; returns whether it is ready already.

        Raises as `Launches.resolve` does, Conflict if it runs, and HubUnavailable.
        """
        require_person(caller)
        launch = await self._launches.resolve_for(caller, request)
        options = {**request.user_options(), "profile": launch.profile}
        return await self._hub.start_server(token, caller.name, request.server_name, options)

    async def stop(self, caller: Caller, token: str, server_name: str) -> None:
        """Ask for a server to be stopped; raises NotFound, and HubUnavailable."""
        require_person(caller)
        await self._hub.stop_server(token, caller.name, server_name)

    def progress(
        self, caller: Caller, token: str, server_name: str
    ) -> AbstractAsyncContextManager[AsyncIterator[ServerProgress]]:
        """How a server starts; raises NotFound if it neither runs nor starts."""
        require_person(caller)
        return self._hub.progress(token, caller.name, server_name)

    async def _detail(
        self, caller: Caller, server: HubServer, running: _Running | None, url: str
    ) -> ServerDetail:
        name = _option(server, "environment", _NAME)
        environment = await self._seen(caller, name)
        chosen = _option(server, "build", _BUILD)
        build = await self._build(environment, running.build if running else chosen)
        current = environment.current_build if environment else None
        usage = running.usage if running else Usage()
        return ServerDetail(
            server_name=server.name,
            url=url,
            ready=server.ready,
            pending=_PENDING.get(server.pending or ""),
            started_at=server.started,
            last_activity=server.last_activity,
            environment=name,
            display_name=environment.display_name if environment else None,
            profile=_option(server, "profile", _LABEL),
            own_size=_own_size(server),
            chosen_build=chosen,
            build=build.id if build else None,
            resolved_ref=build.resolved_ref if build else None,
            outdated=chosen is None and _is_outdated(build, current),
            is_test=_is_test(build, running),
            **usage.model_dump(),
        )

    async def _seen(self, caller: Caller, name: str | None) -> Environment | None:
        """The environment, if there is one that the caller may see."""
        if name is None:
            return None
        try:
            environment = await self._store.environments.get(name)
        except EnvironmentNotFound:
            return None
        return environment if may_see(caller, environment) else None

    async def _build(self, environment: Environment | None, number: int | None) -> Build | None:
        """The build of that number; another environment may have had the name before."""
        if environment is None or number is None:
            return None
        try:
            build = await self._store.builds.get(number)
        except BuildNotFound:
            return None
        return build if build.environment == environment.name else None

    async def _running(self, user: str) -> dict[tuple[str, str | None], _Running]:
        """The user's containers by server and environment; none if the engine is slow."""
        try:
            return await asyncio.wait_for(self._ask_engine(user), PATIENCE)
        except (EnvBuilderError, asyncio.TimeoutError):
            return {}

    async def _ask_engine(self, user: str) -> dict[tuple[str, str | None], _Running]:
        # By the installation as well: another Hub on this engine may have a user of that name.
        wanted = {USER: user, INSTALLATION: self._store.installation}
        # Nor what checks an image, which has all labels that a Dockerfile may give it.
        containers = [
            container
            for container in await self._engine.containers(wanted)
            if container.running and CHECK not in container.labels
        ]
        usages = await asyncio.gather(*(self._usage(container.id) for container in containers))
        return {
            (container.labels.get(SERVER, ""), container.labels.get(ENVIRONMENT)): _Running(
                build_in(container.labels), container.labels.get(TEST) == "true", usage
            )
            for container, usage in zip(containers, usages, strict=True)
        }

    async def _usage(self, container_id: str) -> Usage | None:
        """What the container uses; None where it cannot be measured."""
        try:
            return await self._engine.usage(container_id)
        except EnvBuilderError:
            return None


def _option(server: HubServer, name: str, kind: TypeAdapter[_T]) -> _T | None:
    """What the user chose, where it is well-formed: other spawners have other options."""
    try:
        return kind.validate_python(server.user_options.get(name))
    except ValidationError:
        return None


def _own_size(server: HubServer) -> Size | None:
    """The size that the user chose in place of a profile."""
    chosen = {name: server.user_options.get(name) for name in Size.model_fields}
    try:
        size = Size.model_validate(chosen)
    except ValidationError:
        return None
    return size if size != Size() else None


def _is_outdated(build: Build | None, current: Build | None) -> bool:
    """Whether users get another build now."""
    return build is not None and current is not None and build.id != current.id


def _is_test(build: Build | None, running: _Running | None) -> bool:
    """Whether the home goes with the server: what was a test stays one after publishing.

    Where the engine says nothing, a build that nobody has published can only be tried.
    """
    if running is not None:
        return running.is_test
    return build is not None and build.published_at is None
