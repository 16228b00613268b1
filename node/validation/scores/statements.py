"""Scores in words: points gained, points decided, and the whole, so that nobody takes a part for the whole."""

from __future__ import annotations

from node.amounts import number


def of_decidable(gained: float, decidable: float, whole: float) -> str:
    """Return points in words, such as `32 of 56 decidable (72)`; `32 of 72` where everything is decided."""
    if same(decidable, whole):
        return f"{number(gained)} of {number(whole)}"
    return f"{number(gained)} of {number(decidable)} decidable ({number(whole)})"


def same(one: float, other: float) -> bool:
    """Say whether two numbers read the same."""
    return round(one, 2) == round(other, 2)
