"""What a change would do to the records of a source: the points before and after, and what it mends or breaks."""

from __future__ import annotations

from node.fixes.rating import Account, Ratings, Shifts, shifts_between
from node.fixes.remaking import Remade

EXAMPLES = 5
"""Records named as examples."""


class Comparison:
    """Gathers records as they are and as they would be.

    Attributes:
        records: compared.
        changed: of them, those with another score or other findings.
        unread: that could not be made before or after.
        patched: that a row of the change's patch changes.
        before, after: what the records score.
        fixed, broken: records by check that passes after, or fails after, and did not before.
        moves: records by (MQA rating before, after), where it changes.
        examples: local ids of the first records that change.
        identifiers: of the same records, at their source.
    """

    def __init__(self, ratings: Ratings, *, rated: bool) -> None:
        """Begin.

        Args:
            rated: the points are those of MQA.
        """
        self._ratings = ratings
        self._rated = rated
        self.records = self.changed = self.unread = self.patched = 0
        self.before, self.after = Account(rated=rated), Account(rated=rated)
        self.fixed: dict[str, int] = {}
        self.broken: dict[str, int] = {}
        self.moves: dict[tuple[str, str], int] = {}
        self.examples: list[str] = []
        self.identifiers: list[str] = []
        self._points = 0.0
        self._shifts = Shifts()

    def add(self, before: Remade, after: Remade) -> None:
        """Take in one record."""
        self.records += 1
        if before.problem or after.problem:
            self.unread += 1
            return
        self.patched += after.patched
        was, is_ = self._ratings.of(before), self._ratings.of(after)
        self.before.add(before, was)
        self.after.add(after, is_)
        for code in before.codes - after.codes:
            self.fixed[code] = self.fixed.get(code, 0) + 1
        for code in after.codes - before.codes:
            self.broken[code] = self.broken.get(code, 0) + 1
        points = after.score - before.score
        if was is not None and is_ is not None:
            if was.score.rating != is_.score.rating:
                move = (was.score.rating, is_.score.rating)
                self.moves[move] = self.moves.get(move, 0) + 1
            if self._rated:
                points = is_.score.points - was.score.points
                self._shifts.add(shifts_between(was, is_))
        self._points += points
        if before.codes != after.codes or points:
            self.changed += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(after.local_id)
                self.identifiers.append(after.identifier)

    def gained(self, whole: Account) -> float:
        """Return the points that the changes of these records add to what all records score: less than 0 is lost."""
        return whole.gained(self._shifts) if self._rated else self._points
