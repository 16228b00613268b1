"""The fixes of a source, ranked by the points they gain over all its records."""

from __future__ import annotations

from dataclasses import dataclass, field

from node.fixes.remaking import Remade
from node.model.report import Finding, Severity
from node.validation.scores import mqa
from node.validation.shapes import Shape

EXAMPLES = 5
"""Records named for each fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedFix:
    """One thing to mend in many records.

    Attributes:
        code: a check.
        name, advice, principle, severity: of the check.
        records: that have it.
        points: gained in all of them together.
        each: the most that one of them gains.
        moves: (rating before, rating after, records) where the points are those of MQA and the rating changes.
        blocks: records that are not published for it.
        examples: local ids of the first records that have it.
        identifiers: of the same records, at their source.
    """

    code: str
    name: str
    advice: str
    principle: str | None
    severity: Severity
    records: int
    points: float
    each: float
    moves: tuple[tuple[str, str, int], ...]
    blocks: int
    examples: tuple[str, ...]
    identifiers: tuple[str, ...]


@dataclass(slots=True)
class _Case:
    finding: Finding
    records: int = 0
    points: float = 0.0
    each: float = 0.0
    blocks: int = 0
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: list[tuple[str, str]] = field(default_factory=list)


class FixList:
    """Gathers records one by one; memory grows with the checks and not with the records.

    Attributes:
        records: gathered.
        unread: of them, those that could not be made.
        score, max_score: points of all of them.
    """

    def __init__(self, shapes: tuple[Shape, ...], *, rated: bool) -> None:
        """Begin.

        Args:
            shapes: of the profile.
            rated: the points are those of MQA, which has ratings.
        """
        self._shapes = {shape.id: shape for shape in shapes}
        self._rated = rated
        self._cases: dict[str, _Case] = {}
        self.records = self.unread = 0
        self.score = self.max_score = 0.0

    def add(self, remade: Remade) -> None:
        """Take in one record."""
        self.records += 1
        if remade.problem:
            self.unread += 1
            return
        self.score += remade.score
        self.max_score += remade.max_score
        lost = dict(remade.lost)
        for finding in remade.failed:
            case = self._cases.setdefault(finding.code, _Case(finding))
            points = lost.get(finding.code, 0.0)
            case.records += 1
            case.points += points
            case.each = max(case.each, points)
            case.blocks += finding.code in remade.blocks
            if len(case.examples) < EXAMPLES:
                case.examples.append((remade.local_id, remade.identifier))
            move = (mqa.rating(remade.score), mqa.rating(remade.score + points))
            if self._rated and move[0] != move[1]:
                case.moves[move] = case.moves.get(move, 0) + 1

    def ranked(self) -> tuple[RankedFix, ...]:
        """Return the fixes: what gains most points first, then what blocks, is worse, is more frequent."""
        found = [self._fix(code, case) for code, case in self._cases.items()]
        return tuple(sorted(found, key=lambda fix: (-fix.points, -fix.blocks, -fix.severity, -fix.records, fix.code)))

    def _fix(self, code: str, case: _Case) -> RankedFix:
        shape = self._shapes.get(code)
        finding = case.finding
        return RankedFix(
            code=code,
            name=shape.name if shape else finding.message,
            advice=finding.advice,
            principle=finding.principle,
            severity=finding.severity,
            records=case.records,
            points=case.points,
            each=case.each,
            moves=tuple((*move, count) for move, count in sorted(case.moves.items())),
            blocks=case.blocks,
            examples=tuple(local for local, _ in case.examples),
            identifiers=tuple(name for _, name in case.examples),
        )


def sentence(fix: RankedFix) -> str:
    """Return a fix as one sentence: in how many records, what each gains and all together, and which ratings change."""
    parts = [f"in {_records(fix.records)}"]
    if fix.points:
        most = "each" if fix.points == fix.each * fix.records else "at most each"
        parts.append(f"+{fix.each:g} points {most}, +{fix.points:g} in all")
    parts += [f"{before} to {after} for {count}" for before, after, count in fix.moves]
    if fix.blocks:
        parts.append(f"{fix.blocks} not published for it")
    return f"{fix.advice.removesuffix('.')}, {'; '.join(parts)}."


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"
