"""What a copy of an environment takes over."""

from __future__ import annotations

import re

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
#: What the pages of Jupyter begin with that show a file or a folder of the user's home.
_PAGES_OF_FILES = r"(?:/lab|/doc)?/tree|/notebooks|/edit"


def copy_of(original: Environment, request: CopyRequest) -> EnvironmentRequest:
    """The environment that the copy is to be: its owner manages it from then on."""
    source = _OF_REPOSITORIES if original.image is None else {"image"}
    copy = EnvironmentRequest(
        name=request.name,
        display_name=request.display_name or original.display_name,
        visibility=request.visibility,
        **original.model_dump(include=_TAKEN_OVER | source),
    )
    if copy.default_url is None:
        return copy
    # Users find the repository's files in a folder that is named like the environment. The path is
    # not checked again: a longer name may make it longer than what people may enter.
    old_folder = rf"^({_PAGES_OF_FILES})/{original.name}(?=[/?]|$)"
    new_path = re.sub(old_folder, rf"\1/{copy.name}", copy.default_url)
    return copy.model_copy(update={"default_url": new_path})
