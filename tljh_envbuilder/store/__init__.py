"""What is kept: environments and builds in a database, and the logs of builds in files.

`Store` is the way in; its parts return the frozen models and raise the errors of this package,
never those of the database. Only this package knows SQL.
"""

from tljh_envbuilder.store.build_logs import BuildLogs
from tljh_envbuilder.store.builds import BuildFields, BuildStore
from tljh_envbuilder.store.environments import EnvironmentStore
from tljh_envbuilder.store.store import Store

__all__ = ["BuildFields", "BuildLogs", "BuildStore", "EnvironmentStore", "Store"]
