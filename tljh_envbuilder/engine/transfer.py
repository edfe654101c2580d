"""How far the layers of an image are that the engine pulls or pushes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tljh_envbuilder.models.events import StepProgress

# The engine reports each layer many times a second; people read a few numbers a second.
_SECONDS_BETWEEN_PROGRESS = 0.2

_HEARD_OF = {"Pulling fs layer", "Preparing", "Waiting"}
_MOVING = {"Downloading": "download", "Pushing": "upload"}
_DONE = {"Download complete", "Pushed", "Layer already exists"}


@dataclass
class _Layer:
    current: int = 0
    total: int | None = None


class Transfer:
    """How many bytes of how many have come, over all layers."""

    def __init__(self) -> None:
        self._layers: dict[str, _Layer] = {}
        self._last = (0, 0.0)  # bytes, and when they were reported
        self._name = "download"

    def read(self, message: Mapping[str, Any], step: str) -> StepProgress | None:
        """Take in what is said of a layer; give the new sum if it is time for it."""
        status = message.get("status")
        if status in _HEARD_OF:
            self._layers.setdefault(message["id"], _Layer())
        elif status in _MOVING:
            detail = message.get("progressDetail") or {}
            self._name = _MOVING[status]
            self._layers[message["id"]] = _Layer(detail.get("current", 0), detail.get("total"))
        elif status in _DONE and (layer := self._layers.get(message["id"])):
            layer.current = layer.total = layer.total or layer.current
        else:
            return None
        return self._sum(step)

    def _sum(self, step: str) -> StepProgress | None:
        current = sum(layer.current for layer in self._layers.values())
        totals = [layer.total for layer in self._layers.values()]
        # A total that grew as layers are heard of would make a bar run backwards.
        total = None if None in totals else sum(filter(None, totals))
        reported, when = self._last
        now = time.monotonic()
        if current == reported or (current != total and now < when + _SECONDS_BETWEEN_PROGRESS):
            return None
        self._last = (current, now)
        return StepProgress(step=step, name=self._name, current=current, total=total)
