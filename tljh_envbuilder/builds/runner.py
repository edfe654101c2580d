"""Runs one build from its repository to its published image."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from traitlets import Float
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.builds.check import ReadinessCheck
from tljh_envbuilder.builds.context import add_dockerfile
from tljh_envbuilder.builds.dockerfile import base_images, syntax_image, without_syntax
from tljh_envbuilder.builds.explain import explained
from tljh_envbuilder.builds.fetcher import FetchedContext, Fetcher
from tljh_envbuilder.builds.images import ImageNames, labels
from tljh_envbuilder.builds.record import BuildRecord
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import BuildFailed, EnvBuilderError, ImageBuildFailed, PullFailed
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Build, BuildStatus, Trigger
from tljh_envbuilder.models.events import LogRecord
from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.store import Store


class BuildRunner(LoggingConfigurable):
    """Takes a queued build through fetching, pulling, building and checking to its end."""

    time_limit = Float(
        7200.0,
        config=True,
        help="Longest time that one build may take, in seconds; 0 for no limit.",
    )

    def __init__(
        self,
        *,
        store: Store,
        logs: BuildLogs,
        engine: DockerEngine,
        fetcher: Fetcher,
        changes: Changes,
        allow_local: bool,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._logs = logs
        self._engine = engine
        self._fetcher = fetcher
        self._changes = changes
        self._allow_local = allow_local
        self._names = ImageNames(parent=self)
        self._check = ReadinessCheck(engine, parent=self)

    async def record_of(self, build: Build) -> BuildRecord:
        """Where to write down what happens to the build."""
        environment = await self._store.environments.get(build.environment)
        return BuildRecord(build, environment, self._store, self._logs, self._changes)

    async def run(self, record: BuildRecord) -> None:
        """Run the build to its end; every failure ends in its row and its log, not here.

        Cancelling this coroutine stops the work at once and leaves the row as it is: the caller
        knows whether the build was cancelled or the service is being stopped.
        """
        build = record.build
        try:
            await asyncio.wait_for(self._run(record), self.time_limit or None)
        except asyncio.TimeoutError:
            await self._failed(
                record,
                f"The build took longer than {self.time_limit:.0f} s, the limit that the operator "
                "set (BuildRunner.time_limit).",
            )
        except ImageBuildFailed as error:
            await self._failed(record, explained(error.message, record.tail))
        except EnvBuilderError as error:
            await self._failed(record, error.message)
        except Exception:
            self.log.exception("Build %s of %s failed unexpectedly", build.id, build.environment)
            await self._failed(
                record, "The build failed for a reason that only the service's own log tells."
            )

    async def cancelled(self, record: BuildRecord) -> None:
        """Write down that a person has cancelled the build, and remove what it left."""
        await self._remove_own_image(record.build)
        await record.ended(BuildStatus.CANCELLED, "The build was cancelled.")

    async def _run(self, record: BuildRecord) -> None:
        build = record.build
        if build.trigger is Trigger.RESUME:
            record.say(
                "\nThe service was restarted; the build goes on, finished steps from the cache."
            )
        await record.update(started_at=build.started_at or utc_now())
        await record.status(BuildStatus.FETCHING)
        environment = record.environment
        context = await self._fetcher.fetch(
            build.id,
            repo_url=environment.repo_url,
            ref=build.ref,
            builder=environment.builder.value,
            build_args=environment.build_args,
            on_log=record.say,
            allow_local=self._allow_local,
        )
        try:
            await record.update(resolved_ref=context.commit, buildpack=context.buildpack)
            dockerfile = await self._pull_bases(record, context)
            await self._build(record, context, dockerfile)
        finally:
            await asyncio.to_thread(context.discard)
        await self._publish(record, context.commit)

    async def _pull_bases(self, record: BuildRecord, context: FetchedContext) -> str:
        """Pull what the Dockerfile starts from; returns the Dockerfile to build with.

        Without a session BuildKit cannot log in to a registry, so that all it may need is put on
        the engine first.
        """
        dockerfile = context.dockerfile
        frontend = syntax_image(dockerfile)
        for number, image in enumerate(base_images(dockerfile, context.build_args), start=1):
            if await self._engine.image(image) is not None:
                continue
            await record.status(BuildStatus.PULLING)
            try:
                await _record_all(record, self._engine.pull(image, step=f"pull-{number}"))
            except PullFailed as error:
                if image != frontend:
                    raise
                record.say(
                    f"{error.message} The line '# syntax={image}' is left out: the engine reads "
                    "the Dockerfile by itself."
                )
                dockerfile = without_syntax(dockerfile)
        return dockerfile

    async def _build(self, record: BuildRecord, context: FetchedContext, dockerfile: str) -> None:
        await record.status(BuildStatus.BUILDING)
        build, environment = record.build, record.environment
        await asyncio.to_thread(
            add_dockerfile, context.context, context.dockerfile_name, dockerfile
        )
        events = self._engine.build(
            context.context,
            tag=self._names.of_build(build.environment, build.id),
            dockerfile=context.dockerfile_name,
            build_args=context.build_args,
            labels={**context.labels, **labels(environment, build, context.commit)},
            no_cache=build.no_cache,
        )
        await _record_all(record, events)

    async def _publish(self, record: BuildRecord, commit: str) -> None:
        await record.status(BuildStatus.CHECKING)
        own_tag = self._names.of_build(record.build.environment, record.build.id)
        try:
            checked = await self._check.check(own_tag)
        except BuildFailed:
            await self._remove_own_image(record.build)
            raise
        for warning in checked.warnings:
            record.say(f"Warning: {warning}")
        await record.update(warnings=checked.warnings)
        image = await self._engine.image(own_tag)
        if image is None:
            raise ImageBuildFailed("The image has vanished from the engine; build it again.")
        published = self._names.published(record.environment.name, commit)
        await self._engine.tag_image(own_tag, published)
        await record.built(
            image=published, image_id=image.id, image_size=image.size, details=checked.details
        )

    async def _failed(self, record: BuildRecord, error: str) -> None:
        try:
            await record.ended(BuildStatus.FAILED, error)
        except EnvBuilderError:
            # The row still says that the build runs: the next start of the service resumes it.
            self.log.exception("Could not write down that build %s failed", record.build.id)

    async def _remove_own_image(self, build: Build) -> None:
        try:
            await self._engine.remove_image(self._names.of_build(build.environment, build.id))
        except EnvBuilderError as error:
            self.log.warning("The image of build %s stays for now: %s", build.id, error)


async def _record_all(record: BuildRecord, events: AsyncGenerator[LogRecord, None]) -> None:
    # Closed at once when this is cancelled, which is what makes the engine stop.
    async with aclosing(events):
        async for event in events:
            await record.add(event)
