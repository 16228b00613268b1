"""What each failed check costs: the points a record would gain if it passed.

A check that `requires` another gains nothing while that one fails, even where it has nothing to find fault with itself;
then the other is to blame (`node.validation.quality`). So the points add up to what the score lacks.
"""

from __future__ import annotations

from collections.abc import Iterable

from node.model.report import Finding
from node.validation.shapes import Shape


def points_lost(results: Iterable[Finding], checks: Iterable[Shape], kind: str) -> dict[str, float]:
    """Return the points one resource loses, by the id of the check to blame.

    Args:
        results: findings about the resource.
        checks: of the profile in use.
        kind: of the resource, the value of a `ResourceKind`; empty counts every check as asked.
    """
    failed = {finding.code for finding in results}
    lost: dict[str, float] = {}
    for check in checks:
        if not check.points or not is_asked(check, kind):
            continue
        blamed = check.id if check.id in failed else check.requires
        if blamed is not None and blamed in failed:
            lost[blamed] = lost.get(blamed, 0.0) + check.points
    return lost


def points_gained(results: Iterable[Finding], checks: Iterable[Shape], kind: str) -> dict[str, tuple[float, float]]:
    """Return what one resource gains by passing each check that it fails, the others staying as they are.

    A check gains nothing while one that it requires fails. One that others require gains its own points; theirs come
    with it only where what is then said passes those, too, which nobody knows before.

    Args:
        results, checks, kind: see `points_lost`.

    Returns:
        By the id of the check, the points gained, and those gained if the checks that require it pass as well.
    """
    failed = {finding.code for finding in results}
    asked = [check for check in checks if check.id in failed or check.requires in failed]
    gained = {
        check.id: check.points if check.requires not in failed and is_asked(check, kind) else 0.0
        for check in asked
        if check.id in failed
    }
    most = dict(gained)
    for check in asked:
        if check.requires in most and most[check.requires] and is_asked(check, kind):
            most[check.requires] += check.points
    return {code: (points, most[code]) for code, points in gained.items() if most[code]}


def is_asked(check: Shape, kind: str) -> bool:
    """Tell whether a check is asked of a kind of resource; one without a target class is asked of every kind."""
    classes = [target for target in check.targets if target.startswith("targetClass ")]
    return not kind or not classes or any(target.rstrip(">").endswith(f"#{kind}") for target in classes)
