"""When repositories are looked at, to see whether they have moved: by webhooks and schedules."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import datetime, timedelta

from traitlets import Float, Integer
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.builds.background import surviving
from tljh_envbuilder.builds.changes import Changes
from tljh_envbuilder.environments.rebuilder import OutdatedLook, Rebuilder
from tljh_envbuilder.errors import BuildInProgress, EnvBuilderError, EnvironmentNotFound
from tljh_envbuilder.models.base import utc_now
from tljh_envbuilder.models.build import Trigger
from tljh_envbuilder.models.environment import Environment, Schedule
from tljh_envbuilder.models.webhook import HookAnswer
from tljh_envbuilder.store.moves import Due
from tljh_envbuilder.store.store import Store

#: How often the database is asked what is due, in seconds.
POLL_INTERVAL = 1.0
#: The same after the database has failed; and until a look that came to nothing is tried again.
RETRY_INTERVAL = 30.0
#: How long a forge waits for the answer to its webhook; GitHub gives up after ten seconds.
PATIENCE = 8.0
#: A push whose repository cannot be read is tried again for so long.
RETRIES_END_AFTER = timedelta(hours=1)

_UNEXPECTED = (
    "The look at the repository failed unexpectedly: ask the operator to look into the service's "
    "log."
)
_LATER = HookAnswer(message="The repository will be looked at shortly, or when its build is done.")


class Moves(LoggingConfigurable):
    """Has each repository looked at in its time, a few at once, and keeps what came of it."""

    hourly_interval = Float(
        3600.0, min=1, config=True, help="Shortest time between two hourly looks, in seconds."
    )
    daily_interval = Float(
        86400.0, min=1, config=True, help="Shortest time between two daily looks, in seconds."
    )
    retry_interval = Float(
        300.0,
        min=1,
        config=True,
        help="Time until a repository that could not be read after a webhook is tried again, in "
        "seconds; after an hour that ends.",
    )
    concurrency = Integer(
        4, min=1, config=True, help="Number of repositories that may be looked at at once."
    )

    def __init__(
        self,
        *,
        store: Store,
        rebuilder: Rebuilder,
        changes: Changes,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._store = store
        self._rebuilder = rebuilder
        self._changes = changes
        self._looks: dict[str, asyncio.Task[HookAnswer | None]] = {}
        self._free = asyncio.Semaphore(self.concurrency)
        #: Environments whose last look came to nothing, and that are left alone for a while.
        self._resting: set[str] = set()
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look at what is due from now on, also at what an earlier process did not come to."""
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop all looks; they are due again at the next start."""
        tasks: list[asyncio.Task[HookAnswer | None] | asyncio.Task[None]] = [*self._looks.values()]
        if self._watcher is not None:
            tasks.append(self._watcher)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def pushed(self, name: str) -> HookAnswer | None:
        """Somebody who may say so says that the repository has moved; None if it has not.

        The push is written down first, so that nothing loses it: not a build that runs and may
        have fetched what was there before, not a look that has begun too early, not a restart.
        """
        at = utc_now()
        await self._store.moves.pushed(name, at)
        environment = await self._store.environments.get(name)
        if name in self._looks or _is_building(environment):
            return _LATER
        look = self._begin(Due(name, pushed_at=at))
        done, _ = await asyncio.wait([look], timeout=PATIENCE)
        return look.result() if done else _LATER

    async def _watch(self) -> None:
        while True:
            pause = RETRY_INTERVAL
            with surviving(self.log, "Looking at repositories waits"):
                await self._begin_what_is_due()
                pause = POLL_INTERVAL
            await asyncio.sleep(pause)

    async def _begin_what_is_due(self) -> None:
        for name, schedule in await self._store.moves.unplanned():
            # Anywhere in the first interval, so that a thousand environments do not go together.
            first = self._interval(schedule) * random.random()
            with suppress(EnvironmentNotFound):  # deleted just now
                await self._store.moves.plan(name, utc_now() + timedelta(seconds=first))
        free = self.concurrency - len(self._looks)
        if free > 0:
            exclude = self._looks.keys() | self._resting
            for due in await self._store.moves.due(utc_now(), limit=free, exclude=exclude):
                if due.name not in self._looks:
                    self._begin(due)

    def _begin(self, due: Due) -> asyncio.Task[HookAnswer | None]:
        task = asyncio.create_task(self._look(due))
        self._looks[due.name] = task
        task.add_done_callback(lambda ended: self._ended(due.name, ended))
        return task

    def _ended(self, name: str, task: asyncio.Task[HookAnswer | None]) -> None:
        del self._looks[name]
        if not task.cancelled() and (error := task.exception()):
            self.log.warning("The look at the repository of %s came to nothing: %s", name, error)
            # It is due as before: without this it would begin again at once.
            self._resting.add(name)
            asyncio.get_running_loop().call_later(RETRY_INTERVAL, self._resting.discard, name)

    async def _look(self, due: Due) -> HookAnswer | None:
        """What to tell a forge; None if the repository has not moved."""
        async with self._free:
            return await self._look_now(due)

    async def _look_now(self, due: Due) -> HookAnswer | None:
        at = utc_now()
        environment = await self._store.environments.get(due.name)
        trigger = Trigger.WEBHOOK if due.pushed_at else Trigger.SCHEDULE
        try:
            build = await self._rebuilder.rebuild_if_moved(environment, trigger)
        except (BuildInProgress, OutdatedLook):
            return _LATER
        except EnvBuilderError as error:
            await self._keep(due, at, error=error.message)
            return HookAnswer(message=f"{error.message} The repository will be looked at again.")
        except Exception:
            self.log.exception("The look at the repository of %s failed unexpectedly", due.name)
            await self._keep(due, at, error=_UNEXPECTED)
            return HookAnswer(message=_UNEXPECTED)
        await self._keep(due, at, error=None)
        if build is None:
            return None
        return HookAnswer(build=build.id, message=f"Build {build.id} is queued.")

    async def _keep(self, due: Due, at: datetime, *, error: str | None) -> None:
        """Keep what a look has come to, and tell of it if that is news."""
        environment = await self._store.environments.get(due.name)
        next_at, settled = self._next(environment.schedule), True
        if error is not None and due.pushed_at and at - due.pushed_at < RETRIES_END_AFTER:
            next_at, settled = utc_now() + timedelta(seconds=self.retry_interval), False
        await self._store.moves.looked(due, at, error=error, next_at=next_at, settled=settled)
        if error == environment.check_error:
            return
        if error is not None:
            self.log.warning("Whether %s has moved is not known: %s", due.name, error)
        self._changes.environment_changed(await self._store.environments.get(due.name))

    def _next(self, schedule: Schedule) -> datetime | None:
        """When the schedule next wants a look; not all of them at the same time."""
        if schedule is Schedule.NEVER:
            return None
        return utc_now() + timedelta(seconds=self._interval(schedule) * random.uniform(1, 1.1))

    def _interval(self, schedule: Schedule) -> float:
        hourly = schedule is Schedule.HOURLY
        return float(self.hourly_interval if hourly else self.daily_interval)


def _is_building(environment: Environment) -> bool:
    return environment.last_build is not None and not environment.last_build.status.has_ended
