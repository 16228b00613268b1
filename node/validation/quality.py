"""The FAIR score of a record: points gained of the points that could be gained, in all and for each letter.

A check that passes gains its points. One that `requires` another gains them only where that one passes too, since a
condition on a value is met by a value that is absent (SHACL, section 4.4). A check that is not asked of this kind of
resource, or that could not be evaluated, is undecided: it counts neither as gained nor as possible. So two scores
compare only with their maximum beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
        by_principle: (principle, gained, possible), such as `R1.1`, in the order of the principles, likewise.
    """

    score: float
    max_score: float
    by_letter: tuple[tuple[str, float, float], ...] = ()
    by_principle: tuple[tuple[str, float, float], ...] = ()


def states(
    shapes: Iterable[Shape], verdicts: Iterable[Verdict], focus: str, failed: Collection[str] = ()
) -> dict[str, bool | None]:
    """Return whether each check is met by one resource, `None` where that is undecided; what is not asked is left out.

    A check that requires another is met where both pass.

    Args:
        failed: ids of the shapes that have a result; see `with_nested`.
    """
    checks = tuple(shapes)
    passed = {(verdict.shape, verdict.focus_node): verdict.passed for verdict in verdicts}
    asked = {check.id: _met(check, focus, passed) for check in checks if check.targets and (check.id, focus) in passed}
    return with_nested(checks, asked, failed)


def with_nested(
    shapes: Iterable[Shape], asked: Mapping[str, bool | None], failed: Collection[str]
) -> dict[str, bool | None]:
    """Return the states of checks, and with them those of the shapes that they name by sh:property.

    Such a shape is a check of its own: asked with the one around it, and not met where it has a result. So each rule
    of a shape counts, and mending one of several shows.

    Args:
        asked: the states of the checks that have a target, by id.
        failed: ids of the shapes that have a result.
    """
    found = dict(asked)
    for shape in shapes:
        around = [asked[name] for name in shape.within if name in asked] if shape.id not in asked else []
        if around:
            found[shape.id] = False if shape.id in failed else None if None in around else True
    return found


def measure(shapes: Iterable[Shape], verdicts: Iterable[Verdict]) -> Quality:
    """Return the score; with several focus nodes, the sum over them."""
    passed = {(verdict.shape, verdict.focus_node): verdict.passed for verdict in verdicts}
    checks = {shape.id: shape for shape in shapes if shape.points}
    gained: dict[str, float] = {}
    possible: dict[str, float] = {}
    for name, focus in passed:
        check = checks.get(name)
        met = _met(check, focus, passed) if check is not None else None
        if check is not None and met is not None:
            principle = check.principle or ""
            for account in {principle, principle[:1]}:
                possible[account] = possible.get(account, 0.0) + check.points
                gained[account] = gained.get(account, 0.0) + (check.points if met else 0.0)
    accounts = tuple((account, gained[account], possible[account]) for account in sorted(possible, key=_place))
    letters = tuple(account for account in accounts if len(account[0]) < 2)
    return Quality(
        score=sum(points for _, points, _ in letters),
        max_score=sum(points for _, _, points in letters),
        by_letter=tuple(account for account in letters if account[0] and account[0] in LETTERS),
        by_principle=tuple(account for account in accounts if len(account[0]) > 1),
    )


def _place(account: str) -> tuple[int, str]:
    return LETTERS.find(account[:1]), account


def _met(check: Shape, focus: str, passed: Mapping[tuple[str, str], bool | None]) -> bool | None:
    own = passed[check.id, focus]
    if own and check.requires is not None:
        return passed.get((check.requires, focus), True)
    return own
