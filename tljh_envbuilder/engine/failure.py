"""Why an image could not be built: the engine's words, made into one sentence."""

from __future__ import annotations

import re

from tljh_envbuilder.errors import ImageBuildFailed
from tljh_envbuilder.models.build import Step

# What BuildKit, Docker and Podman put around the reason, outermost first.
_WRAPPER = re.compile(
    r"failed to solve(?: with frontend \S+)?: "
    r"|failed to (?:create LLB definition|build LLB|compute cache key|authorize): "
    r"|failed to calculate checksum of ref \S+: "
    r"|creating build container: "
    r"|rpc error: code = \w+ desc = "
    r'|(?:error )?building at STEP ".*?": '
)
_EXIT_CODE = re.compile(r"(?:exit code:|non-zero code:|exit status) (\d+)$")
# The steps that get a base: BuildKit's first, and every builder's `FROM`.
_BASE = re.compile(r"\[[^]]*\] (?:load metadata for|FROM(?: --platform=\S+)?) (?P<image>\S+).*")
_KILLED = 137

_LONGEST_NAME = 200
_LONGEST_REASON = 500


def build_failure(reason: str, step: Step | None) -> ImageBuildFailed:
    """The error of a build that failed in this step, or in none, for that reason."""
    if step is None:
        return ImageBuildFailed(f"The image could not be built: {plain_reason(reason)}.")
    return ImageBuildFailed(_sentence(step.name, reason))


def plain_reason(reason: str) -> str:
    """Take the wrapping off, so that the reason can end a sentence."""
    reason = " ".join(reason.split())
    while wrapper := _WRAPPER.match(reason):
        reason = reason[wrapper.end() :]
    if "no active sessions" in reason:
        # BuildKit asks the client for the login, and there is no client to ask.
        reason = "its registry asks for a login"
    reason = reason.replace(" not found: not found", " not found")
    return _shortened(reason, _LONGEST_REASON).rstrip(".")


def _sentence(name: str, reason: str) -> str:
    if base := _BASE.fullmatch(name):
        return (
            f"The base image '{base['image']}' is not on the engine and could not be pulled:"
            f" {plain_reason(reason)}."
        )
    name = _shortened(" ".join(name.split()), _LONGEST_NAME)
    if not (code := _EXIT_CODE.search(reason.strip())):
        return f"Step '{name}' failed: {plain_reason(reason)}."
    if int(code[1]) == _KILLED:
        return f"Step '{name}' was killed (exit code 137), most often for want of memory."
    return f"Step '{name}' failed with exit code {code[1]}."


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
