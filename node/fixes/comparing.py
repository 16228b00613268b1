"""What a change would do to the records of a source: the points before and after, and what it mends or breaks."""

from __future__ import annotations

from dataclasses import dataclass, field

from node.fixes.remaking import Remade
from node.validation.scores import mqa

EXAMPLES = 5
"""Records named as examples."""


@dataclass(slots=True)
class Comparison:
    """Gathers records as they are and as they would be.

    Attributes:
        records: compared.
        changed: of them, those with another score or other findings.
        unread: that could not be made before or after.
        before, after: points gained.
        possible: points possible after.
        fixed, broken: records by check that passes after, or fails after, and did not before.
        moves: records by (MQA rating before, after), where it changes.
        examples: local ids of the first records that change.
        identifiers: of the same records, at their source.
    """

    records: int = 0
    changed: int = 0
    unread: int = 0
    before: float = 0.0
    after: float = 0.0
    possible: float = 0.0
    fixed: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)

    def add(self, before: Remade, after: Remade) -> None:
        """Take in one record."""
        self.records += 1
        if before.problem or after.problem:
            self.unread += 1
            return
        self.before += before.score
        self.after += after.score
        self.possible += after.max_score
        were, are = ({finding.code for finding in one.failed} for one in (before, after))
        for code in were - are:
            self.fixed[code] = self.fixed.get(code, 0) + 1
        for code in are - were:
            self.broken[code] = self.broken.get(code, 0) + 1
        if before.mqa is not None and after.mqa is not None:
            move = (mqa.rating(before.mqa), mqa.rating(after.mqa))
            if move[0] != move[1]:
                self.moves[move] = self.moves.get(move, 0) + 1
        if were != are or before.score != after.score:
            self.changed += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(after.local_id)
                self.identifiers.append(after.identifier)
