"""tljh-repo2docker, which does the same for the same Hubs, as its own documentation sets it up."""
