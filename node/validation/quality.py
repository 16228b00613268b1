"""The FAIR score of a record: points gained of the points that could be gained, in all and for each letter.

A check that passes gains its points. One that `requires` another gains them only where that one passes too, since a
condition on a value is met by a value that is absent (SHACL, section 4.4). A check that is not asked of this kind of
resource, or that could not be evaluated, is undecided: it counts neither as gained nor as possible. So two scores
compare only with their maximum beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.validation.engines import Verdict
from node.validation.shapes import Shape

LETTERS = "FAIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """A score.

    Attributes:
        score: points gained.
        max_score: points that could be gained.
        by_letter: (letter, gained, possible), in the order of the word; letters without decided checks are left out.
    """

    score: float
    max_score: float
    by_letter: tuple[tuple[str, float, float], ...] = ()


def measure(shapes: Iterable[Shape], verdicts: Iterable[Verdict]) -> Quality:
    """Return the score; with several focus nodes, the sum over them."""
    passed = {(verdict.shape, verdict.focus_node): verdict.passed for verdict in verdicts}
    checks = {shape.id: shape for shape in shapes if shape.points}
    gained: dict[str, float] = {}
    possible: dict[str, float] = {}
    for (name, focus), own in passed.items():
        check = checks.get(name)
        if check is None:
            continue
        met = own
        if own and check.requires is not None:
            met = passed.get((check.requires, focus), True)
        if met is not None:
            letter = (check.principle or "")[:1]
            possible[letter] = possible.get(letter, 0.0) + check.points
            gained[letter] = gained.get(letter, 0.0) + (check.points if met else 0.0)
    return Quality(
        score=sum(gained.values()),
        max_score=sum(possible.values()),
        by_letter=tuple((letter, gained[letter], possible[letter]) for letter in LETTERS if letter in possible),
    )
