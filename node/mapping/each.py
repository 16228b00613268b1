"""An ordered set: what a resource says several times over is said once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Each(Generic[_T]):
    """Values in reading order, each once."""

    def __init__(self) -> None:
        self._values: dict[_T, None] = {}

    def add(self, *values: _T | None) -> None:
        """Add values; `None` adds nothing."""
        for value in values:
            if value is not None:
                self._values[value] = None

    def __iter__(self) -> Iterator[_T]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
