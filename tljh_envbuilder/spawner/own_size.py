"""A size of one's own, as a person types it into the form: memory in GiB, and cores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from tljh_envbuilder.models.launch import Size
from tljh_envbuilder.spawner.form_texts import Texts

#: In units of 1024, which is what the Hub's `2G` means.
GIBIBYTE = 2**30
#: What numbers look like here and there: 1.5, 1,5 and .5.
_NUMBER = re.compile(r"(?=.*[0-9])[0-9]{0,9}[.,]?[0-9]{0,9}")


class OwnSize(NamedTuple):
    """What the fields of an environment hold."""

    memory: str
    cpus: str

    @classmethod
    def typed(cls, fields: Mapping[str, str]) -> OwnSize | None:
        """What was typed for the chosen environment; None where a size was not asked for."""
        environment = fields.get("environment")
        if f"own:{environment}" not in fields:
            return None
        return cls(fields.get(f"memory:{environment}", ""), fields.get(f"cpus:{environment}", ""))

    @classmethod
    def of(cls, size: Size, texts: Texts) -> OwnSize:
        """How a person would type this size."""
        memory = size.mem_limit and size.mem_limit / GIBIBYTE
        return cls(_number(memory, texts), _number(size.cpu_limit, texts))

    def size(self) -> Size | None:
        """What was typed as a size; None for what is none."""
        try:
            memory, cpus = _value(self.memory), _value(self.cpus)
            size = Size(
                mem_limit=None if memory is None else round(memory * GIBIBYTE), cpu_limit=cpus
            )
        except (ValueError, ValidationError):
            return None
        return size if size != Size() else None

    def problems(self, largest: Size, texts: Texts) -> dict[str, str]:
        """What is wrong with which field, in words for the person; nothing if all is well."""
        if not self.memory.strip() and not self.cpus.strip():
            return {"memory": texts.own_empty}
        problems = {}
        most = OwnSize.of(largest, texts)
        if not _is_within(OwnSize(self.memory, ""), largest):
            problems["memory"] = texts.own_memory_wrong.format(most=most.memory)
        if not _is_within(OwnSize("", self.cpus), largest):
            problems["cpus"] = texts.own_cores_wrong.format(most=most.cpus)
        return problems


def _is_within(one: OwnSize, largest: Size) -> bool:
    """Whether the one field that is filled, if any, holds a size up to the largest one."""
    if not "".join(one).strip():
        return True
    size = one.size()
    return size is not None and all(
        (value or 0) <= (bound or float("inf"))
        for value, bound in (
            (size.mem_limit, largest.mem_limit),
            (size.cpu_limit, largest.cpu_limit),
        )
    )


def _value(typed: str) -> float | None:
    """The number; None for nothing. Raises ValueError."""
    text = typed.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text.replace(",", "."))


def _number(value: float | None, texts: Texts) -> str:
    if value is None:
        return ""
    return f"{round(value, 3):g}".replace(".", texts.decimal)
