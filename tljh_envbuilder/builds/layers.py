"""What each step of a build has added to its image."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tljh_envbuilder.engine.images import Layer
from tljh_envbuilder.models.build import Step

# `[stage-1 3/7] RUN …` of BuildKit, and `Step 3/7 : RUN …` of others, without the flags.
_STEP = re.compile(
    r"(?:\[(?:(?P<stage>[^\]]*) )? *\d+/\d+\]|STEP \d+/\d+ ?:)\s*"
    r"(?P<instruction>[A-Z]+)\s+(?:--\S+\s+)*(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)


def sizes_of(steps: Sequence[Step], layers: Sequence[Layer]) -> dict[str, int]:
    """Bytes by the id of the step, for those that the engine's history tells apart.

    `layers` are the image's, newest first; what no step has made belongs to its base.
    """
    waiting = [(step, parsed) for step in reversed(steps) if (parsed := _STEP.match(step.name))]
    sizes: dict[str, int] = {}
    stage: str | None = None
    base = 0
    for layer in layers:
        made = next((each for each in waiting if _has_made(each[1], layer)), None)
        if made is None:
            base += layer.size
            continue
        waiting.remove(made)
        sizes[made[0].id] = layer.size
        stage = stage or made[1]["stage"] or ""
    if stage is not None and (step := _base_of(stage, waiting)):
        sizes[step.id] = base
    return sizes


def _base_of(stage: str, steps: Sequence[tuple[Step, re.Match[str]]]) -> Step | None:
    """The step that has got the base; stages with the same base share the first one's."""
    bases = [each for each in steps if each[1]["instruction"].upper() == "FROM"]
    own = [each for each in bases if (each[1]["stage"] or "") == stage]
    found = own or bases
    return found[0][0] if len(found) == 1 else None


def _has_made(step: re.Match[str], layer: Layer) -> bool:
    """Whether the layer comes from the step: history repeats the instruction, or its command."""
    instruction, rest = step["instruction"].upper(), " ".join(step["rest"].split())
    if instruction == "FROM":
        return False
    said = " ".join(layer.created_by.removesuffix("# buildkit").split())
    return said.endswith(f" {rest}") and (instruction == "RUN" or said.startswith(instruction))
