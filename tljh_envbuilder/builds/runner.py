"""Runs one build from its repository to its published image."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from traitlets import Float
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.bases import Bases
from tljh_envbuilder.builds.build_log import record_all
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.context import build_context
from tljh_envbuilder.builds.disk_guard import DiskGuard
from tljh_envbuilder.builds.existing import ExistingImages
from tljh_envbuilder.builds.explain import explained
from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.builds.images import ImageNames, labels
from tljh_envbuilder.builds.inputs import digest_of
from tljh_envbuilder.builds.publisher import Publisher
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.builds.registry import Registry
from tljh_envbuilder.builds.waiting import RETRY_INTERVAL, wait_for_engine
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import (
    BuildEnded,
    BuildNotFound,
    EngineUnavailable,
    EnvBuilderError,
    FetchWorkerDied,
    ImageBuildFailed,
    Unavailable,
)
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Build, BuildStatus, Trigger
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store


class BuildRunner(LoggingConfigurable):
    """Takes a queued build through fetching, pulling, building and checking to its end."""

    time_limit = Float(
        7200.0,
        config=True,
        help="Longest time that one build may take, in seconds, the time included that it waits "
        "for a container engine that does not answer; 0 for no limit. Pushing has a limit of its "
        "own (`Registry.push_timeout`).",
    )

    def __init__(
        self,
        *,
        store: Store,
        logs: BuildLogs,
        engine: DockerEngine,
        fetcher: Fetcher,
        changes: Changes,
        disk: DiskGuard,
        names: ImageNames,
        registry: Registry,
        servers_elsewhere: bool = False,
        **kwargs: object,
    ) -> None:
        """`servers_elsewhere`: servers start on another engine than the one that builds."""
        super().__init__(**kwargs)
        self._store = store
        self._logs = logs
        self._engine = engine
        self._fetcher = fetcher
        self._changes = changes
        self._disk = disk
        self._names = names
        self._bases = Bases(engine=engine, store=store)
        self._publisher = Publisher(
            store=store,
            engine=engine,
            names=names,
            registry=registry,
            must_push=servers_elsewhere,
            parent=self,
        )
        self._existing = ExistingImages(engine=engine, bases=self._bases, publisher=self._publisher)

    async def record_of(self, build: Build) -> BuildRecord:
        """Where to write down what happens to the build; raises EnvironmentNotFound."""
        environment = await self._store.environments.get(build.environment)
        return BuildRecord(build, environment, self._store, self._logs, self._changes)

    async def run(self, record: BuildRecord) -> None:
        """Run the build to its end; every failure ends in its row and its log, not here.

        Cancelling this coroutine stops the work at once and leaves the row as it is: the caller
        knows whether the build was cancelled or the service is being stopped.
        """
        try:
            await self._within_limit(record, self._disk.guard(lambda: self._run(record)))
        except BuildEnded:
            return  # by whoever has cancelled it, who does the rest
        except asyncio.TimeoutError:
            why = ", because the container engine did not answer" if record.lacks_engine else ""
            error = (
                f"The build took longer than {self.time_limit:.0f} s, the limit that the operator "
                f"set (BuildRunner.time_limit){why}."
            )
        except ImageBuildFailed as failure:
            error = explained(failure.message, record.tail)
        except EnvBuilderError as failure:
            error = failure.message
        except Exception:
            self.log.exception("Build %s failed unexpectedly", record.build.id)
            error = (
                "The build failed unexpectedly: ask the operator to look into the service's log."
            )
        else:
            return
        await self.discard(record.build)
        with suppress(BuildEnded, BuildNotFound):  # cancelled, or deleted, just now
            await record.failed(error)

    async def _within_limit(self, record: BuildRecord, work: Coroutine[None, None, None]) -> None:
        """Raises asyncio.TimeoutError; not of a build that pushes, whose image is fine."""
        task = asyncio.ensure_future(work)
        patience = self.time_limit or None
        try:
            while not (await asyncio.wait([task], timeout=patience))[0]:
                if record.build.status is not BuildStatus.PUSHING:
                    break
                # An engine that is lost while it pushes puts the build back.
                patience = RETRY_INTERVAL
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            raise asyncio.TimeoutError
        await task  # which may have come to its end in that moment

    async def discard(self, build: Build) -> None:
        """Remove what a build that was not published has left on the engine."""
        try:
            await self._publisher.discard(build)
        except EnvBuilderError as error:
            self.log.warning("The next cleaning removes what build %s left: %s", build.id, error)

    async def _run(self, record: BuildRecord) -> None:
        if record.build.trigger is Trigger.RESUME:
            record.say(
                "\nThe service was restarted; the build goes on, finished steps from the cache."
            )
        while True:
            await self._wait_for_engine(record)
            try:
                return await self._attempt(record)
            except Unavailable as error:
                self.log.warning("Build %s goes back to the queue: %s", record.build.id, error)
                await record.put_back(f"{error.message} The build will go on.")
                # One that dies of this very build must not be hurried.
                await asyncio.sleep(RETRY_INTERVAL)

    async def _wait_for_engine(self, record: BuildRecord) -> None:
        try:
            await self._engine.info()
        except EngineUnavailable as error:
            record.say(f"{error.message} The build goes on once it does.")
            record.lacks_engine = True
            await wait_for_engine(self._engine)
            record.say("The container engine answers.")
            record.lacks_engine = False

    async def _attempt(self, record: BuildRecord) -> None:
        build = record.build
        started_at = build.started_at or utc_now()
        if build.trigger is Trigger.RESUME and await self._publisher.has_image_of(build):
            await record.update(started_at=started_at)
            record.say("The image was finished before.")
            await self._publisher.publish(record)
            return
        await record.update(started_at=started_at)
        if await self._publisher.copy(record):
            return
        if build.source_image is not None:
            await self._existing.get(record, _pinned(build.source_image, build))
            await self._publisher.publish(record)
            return
        await record.status(BuildStatus.FETCHING)
        context = await self._fetch(record)
        try:
            await record.update(resolved_ref=context.commit, buildpack=context.buildpack)
            dockerfile = await self._bases.prepare(record, context)
            base_ids = await self._bases.ids(context, dockerfile)
            inputs = digest_of(build, context, dockerfile, base_ids)
            if not build.no_cache and await self._publisher.reuse(record, inputs):
                return
            await record.update(inputs=inputs)
            await self._build(record, context, dockerfile, inputs)
        finally:
            await asyncio.to_thread(context.discard)
        await self._publisher.publish(record)

    async def _fetch(self, record: BuildRecord) -> FetchedContext:
        """Fetch the repository: what is resumed, copied or restored at the commit of before."""
        try:
            return await self._fetch_once(record)
        except FetchWorkerDied as death:
            # Whatever killed it, the memory it wanted perhaps, may be over.
            record.say(f"{death.message} It is tried once more.")
            return await self._fetch_once(record)

    async def _fetch_once(self, record: BuildRecord) -> FetchedContext:
        build = record.build
        # What a look has queued has a commit as well, and is of whatever its ref is by now.
        is_pinned = build.trigger is Trigger.RESUME or build.origin_build is not None
        return await self._fetcher.fetch(
            build.id,
            repo_url=build.repo_url,
            ref=(build.resolved_ref if is_pinned else None) or build.ref,
            builder=build.builder,
            build_args=build.build_args,
            on_log=record.say,
            credentials=await self._store.credentials.of_build(
                build.id, build.environment, build.repo_url
            ),
        )

    async def _build(
        self, record: BuildRecord, context: FetchedContext, dockerfile: str, inputs: str
    ) -> None:
        await record.status(BuildStatus.BUILDING)
        build, environment = record.build, record.environment
        events = build_context(
            self._engine,
            context,
            dockerfile,
            tag=self._names.of_build(build.environment, build.id),
            labels=labels(
                environment.name,
                title=environment.display_name,
                source=build.repo_url,
                commit=context.commit,
                build=str(build.id),
                inputs=inputs,
                installation=self._store.installation,
            ),
            no_cache=build.no_cache,
        )
        await record_all(record, self._bases.watched(events, environment))


def _pinned(image: str, build: Build) -> str:
    """The image that is asked for; by its digest for a copy, or for what is restored."""
    reference = parse_reference(image)
    if reference is None or build.origin_build is None or build.resolved_ref is None:
        return image
    bare = image.partition("@")[0].removesuffix(f":{reference.tag}")
    return f"{bare}@sha256:{build.resolved_ref}"
