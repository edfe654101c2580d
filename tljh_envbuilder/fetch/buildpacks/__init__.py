"""Our own buildpacks, beside those of repo2docker."""
