"""What a copy of an environment takes over."""

from __future__ import annotations

from tljh_envbuilder.models.environment import CopyRequest, Environment, EnvironmentRequest

#: Not the credentials, which are their owner's, nor what makes builds happen by themselves.
_TAKEN_OVER = {
    "description",
    "mem_limit",
    "cpu_limit",
    "profiles",
    "default_url",
    "environment_variables",
    "publish",
}
_OF_REPOSITORIES = {"repo_url", "ref", "builder", "build_args"}


def copy_of(original: Environment, request: CopyRequest) -> EnvironmentRequest:
    """The environment that the copy is to be: its owner manages it from then on."""
    source = _OF_REPOSITORIES if original.image is None else {"image"}
    return EnvironmentRequest(
        name=request.name,
        display_name=request.display_name or original.display_name,
        visibility=request.visibility,
        **original.model_dump(include=_TAKEN_OVER | source),
    )
