"""The database as the rest of the service sees it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from traitlets import Unicode
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.store.address import parse_database_url, shown
from tljh_envbuilder.store.builds import BuildStore
from tljh_envbuilder.store.credentials import CredentialStore
from tljh_envbuilder.store.database import Database, translated_errors
from tljh_envbuilder.store.environments import EnvironmentStore
from tljh_envbuilder.store.images import ImageStore
from tljh_envbuilder.store.migrate import migrate
from tljh_envbuilder.store.moves import MoveStore
from tljh_envbuilder.store.queue import QueueStore
from tljh_envbuilder.store.registry_logins import RegistryLoginStore
from tljh_envbuilder.store.schema import EnvironmentRow
from tljh_envbuilder.store.vault import Vault

_ANY_ENVIRONMENT = select(EnvironmentRow.name).limit(1)


class Store(LoggingConfigurable):
    """Environments and builds, in SQLite or PostgreSQL."""

    database_url = Unicode(
        "",
        help="""Address of the database: `postgresql://user:password@host/database`, or
        `sqlite:////path/to/file`. A SQLite file in the state folder if empty.

        The schema is brought up to date at each start; a SQLite file is copied to
        `<file>.<old revision>.bak` before that changes it.""",
    ).tag(config=True)

    environments: EnvironmentStore
    builds: BuildStore
    images: ImageStore
    #: The id of this installation, to know its images and containers by on an engine of many.
    installation: str
    queue: QueueStore
    credentials: CredentialStore
    vault: Vault
    moves: MoveStore
    registry_logins: RegistryLoginStore

    async def open(self, state_dir: Path) -> None:
        """Connect, and migrate.

        Raises ConfigurationError for an address that cannot be used, or a database of a newer
        version of this package; DatabaseUnavailable where there is no answer.
        """
        url = parse_database_url(self.database_url, state_dir)
        self.log.info("Using the %s", shown(url))
        with translated_errors(self.log):
            await migrate(url)
        self._database = Database(url, log=self.log)
        self.vault = Vault(state_dir, parent=self)
        self.credentials = CredentialStore(self._database, self.vault)
        self.environments = EnvironmentStore(self._database, self.credentials)
        self.builds = BuildStore(self._database, self.credentials)
        self.queue = QueueStore(self._database)
        self.registry_logins = RegistryLoginStore(self._database, self.vault)
        self.moves = MoveStore(self._database)
        self.images = ImageStore(self._database)
        self.installation = await self.images.installation()
        await self.credentials.renew()

    async def close(self) -> None:
        """Close the connections."""
        await self._database.close()

    async def ping(self) -> None:
        """Raise DatabaseUnavailable unless the database answers."""
        await self._database.read(lambda session: session.execute(_ANY_ENVIRONMENT))
