"""Whether all that the service needs answers."""

from __future__ import annotations

from pydantic import Field

from tljh_envbuilder.models.base import Frozen


class Health(Frozen):
    """`ok`, or a sentence for each part that does not answer."""

    database: str = "ok"
    engine: str = "ok"
    launch_engine: str | None = Field(
        None, description="The engine of the servers; null if it is the one that builds."
    )
    queued: int | None = Field(
        None, description="Builds that wait; null when the database is down."
    )
    running: int = Field(description="Builds that run.")

    @property
    def is_good(self) -> bool:
        """Whether every part answers."""
        return {self.database, self.engine, self.launch_engine} <= {"ok", None}
