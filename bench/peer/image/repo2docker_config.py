# Other providers ask outside hosts whether an address is theirs.
from repo2docker.contentproviders import Git

c = get_config()  # noqa: F821

c.Repo2Docker.content_providers = [Git]
