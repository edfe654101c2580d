"""The container engine: the only package that speaks to it."""
