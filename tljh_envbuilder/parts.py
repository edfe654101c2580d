"""The parts of the service, put together."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.cleaner import Cleaner
from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.images import ImageNames
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.queue import BuildQueue
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.builds.runner import BuildRunner
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.builds.warmer import Warmer
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.environments.disk import DiskUse
from tljh_envbuilder.environments.environments import Environments
from tljh_envbuilder.environments.feed import Feeds
from tljh_envbuilder.environments.health import HealthCheck
from tljh_envbuilder.environments.launches import Launches
from tljh_envbuilder.environments.logs import Logs
from tljh_envbuilder.environments.moves import Moves
from tljh_envbuilder.environments.policy import Policy
from tljh_envbuilder.environments.profiles import Profiles
from tljh_envbuilder.environments.rebuilder import Rebuilder
from tljh_envbuilder.environments.refs import Refs
from tljh_envbuilder.environments.registries import Registries
from tljh_envbuilder.environments.removal import Removal
from tljh_envbuilder.environments.restoring import Restoring
from tljh_envbuilder.environments.servers import Servers
from tljh_envbuilder.environments.webhooks import Webhooks
from tljh_envbuilder.hub.client import HubClient
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store
from tljh_envbuilder.web.services import Services


class Parts:
    """All parts, each made once; what works in the background is started and stopped together.

    `parent` has their settings; `service_token` is what the Hub knows the service by. Servers run
    on the `launch_engine`. The store and the engines are open for as long as the parts work.
    """

    def __init__(
        self,
        parent: LoggingConfigurable,
        *,
        state_dir: Path,
        store: Store,
        engine: DockerEngine,
        launch_engine: DockerEngine,
        hub: HubClient,
        service_token: str,
    ) -> None:
        self._store, self._engine, self._hub = store, engine, hub
        self._launch_engine = launch_engine
        self._logs = logs = BuildLogs(state_dir / "logs")
        self._changes = changes = Changes()
        self._profiles = profiles = Profiles(parent=parent)
        names = ImageNames(parent=parent)
        registry = Registry(engine, parent=parent)
        sources = Sources(parent=parent)
        python = PythonEnvironments(parent=parent)
        servers_elsewhere = not launch_engine.is_same_as(engine)
        if servers_elsewhere and not registry.host:
            parent.log.warning(
                "LaunchEngine is another engine than DockerEngine and there is no registry "
                "(Registry.registry_url): servers start only from images that are brought there by "
                "hand"
            )
        self._policy = policy = Policy(sources, parent=parent)
        self._fetcher = fetcher = Fetcher(state_dir, sources=sources, python=python, parent=parent)
        self._guard = guard = DiskGuard(
            parent=parent, engine=engine, state_dir=state_dir, work_dir=Path(fetcher.work_dir)
        )
        self._cleaner = Cleaner(
            parent=parent,
            store=store,
            engine=engine,
            launch_engine=launch_engine,
            fetcher=fetcher,
            changes=changes,
            names=names,
            registry=registry,
        )
        runner = BuildRunner(
            parent=parent,
            store=store,
            logs=logs,
            engine=engine,
            fetcher=fetcher,
            changes=changes,
            disk=guard,
            names=names,
            registry=registry,
            servers_elsewhere=servers_elsewhere,
        )
        self._queue = queue = BuildQueue(
            parent=parent, store=store, logs=logs, runner=runner, changes=changes
        )
        self._removal = removal = Removal(
            parent=parent,
            store=store,
            logs=logs,
            engine=engine,
            launch_engine=launch_engine,
            queue=queue,
            changes=changes,
            names=names,
            registry=registry,
        )
        self._warmer = Warmer(
            parent=parent,
            fetcher=fetcher,
            engine=engine,
            installation=store.installation,
            versions=python.warm_versions,
        )
        self._rebuilder = rebuilder = Rebuilder(
            parent=parent, store=store, queue=queue, fetcher=fetcher, disk=guard
        )
        self._moves = Moves(parent=parent, store=store, rebuilder=rebuilder, changes=changes)
        self._environments = Environments(
            parent=parent,
            store=store,
            queue=queue,
            changes=changes,
            removal=removal,
            restoring=Restoring(
                store=store, queue=queue, disk=guard, engine=engine, launch_engine=launch_engine
            ),
            policy=policy,
            profiles=profiles,
            disk=guard,
        )
        self._launches = Launches(
            parent=parent,
            store=store,
            engine=launch_engine,
            profiles=profiles,
            names=names,
            service_token=service_token,
        )
        self._registries = Registries(store=store, registry=registry)

    async def start(self) -> None:
        """Take up the work; raises ConfigurationError for what would keep builds from running."""
        await self._fetcher.check()
        self._fetcher.discard_all()
        await self._queue.start()
        await self._removal.start()
        await self._cleaner.start()
        await self._moves.start()
        self._warmer.start()
        self._fetcher.keep_ready()

    async def stop(self) -> None:
        """Leave the work as it is, in the opposite order; the next start goes on with it."""
        await self._warmer.stop()
        await self._moves.stop()
        await self._cleaner.stop()
        await self._removal.stop()
        await self._queue.stop()
        await self._fetcher.close()
        self._logs.close()

    def services(self, prefix: str, public_url: str) -> Services:
        """What the handlers work with, below this path."""
        store, engine, launch_engine = self._store, self._engine, self._launch_engine
        return Services(
            prefix=prefix,
            public_url=public_url,
            environments=self._environments,
            logs=Logs(
                environments=self._environments, queue=self._queue, logs=self._logs, store=store
            ),
            feeds=Feeds(changes=self._changes, store=store),
            moves=self._moves,
            webhooks=Webhooks(store),
            launches=self._launches,
            profiles=self._profiles,
            disk=DiskUse(
                store=store,
                logs=self._logs,
                engine=engine,
                guard=self._guard,
                cleaner=self._cleaner,
            ),
            refs=Refs(
                store=store,
                fetcher=self._fetcher,
                policy=self._policy,
                timeout=self._rebuilder.timeout,
            ),
            servers=Servers(
                store=store, hub=self._hub, engine=launch_engine, launches=self._launches
            ),
            registries=self._registries,
            health=HealthCheck(
                store=store, engine=engine, launch_engine=launch_engine, queue=self._queue
            ),
        )
