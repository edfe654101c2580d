"""Types of what the fixtures give, and the label of what they make."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

#: Marks what tests make; its value says which test.
LABEL = "org.example.tljh-envbuilder-test"

MakeContext = Callable[[Mapping[str, str | bytes]], Path]
Build = Callable[..., AsyncGenerator[Any, None]]
