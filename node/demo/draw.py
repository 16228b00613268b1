"""Choices and identifiers that follow from a name alone, the same ones on every machine and in every Python."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Draw:
    """Choices that follow from a name: `Random.random()` gives the same numbers in every version of Python."""

    def __init__(self, name: str) -> None:
        self._random = Random(name)  # noqa: S311 - variety, not secrecy

    def fraction(self) -> float:
        return self._random.random()

    def between(self, low: int, high: int) -> int:
        return low + int(self.fraction() * (high - low + 1))

    def one(self, choices: Sequence[_T]) -> _T:
        return choices[int(self.fraction() * len(choices))]


def ror(name: str) -> str:
    """Return the address of a ROR name of seven characters, with its two check digits (ISO/IEC 7064, MOD 97-10)."""
    value = 0
    for letter in name:
        value = value * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(letter)
    return f"https://ror.org/{name}{98 - value * 100 % 97:02d}"
