"""The fixes of a source, ranked by the points they gain over all its records."""

from __future__ import annotations

from dataclasses import dataclass, field

from node.amounts import counted, number
from node.fixes.rating import Account, Ratings, Shifts, is_rated
from node.fixes.remaking import Remade
from node.model.report import Finding, Severity
from node.validation import Profile

EXAMPLES = 5
"""Records named for each fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedFix:
    """One thing to mend in many records: their check passes, and everything else stays what it is.

    Attributes:
        code: a check.
        name, advice, principle, severity: of the check.
        records: that have it.
        points: gained in all of them together; by MQA, what the score of the whole population gains.
        least, each: the least and the most that one of them gains.
        most: `points`, if the checks that require this one pass with it. What is then stated may fail them.
        required_by: these checks.
        requires: a check that has to pass first; `None` where it passes, or none is required.
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
    least: float
    each: float
    most: float
    required_by: tuple[str, ...]
    requires: str | None
    moves: tuple[tuple[str, str, int], ...]
    blocks: int
    examples: tuple[str, ...]
    identifiers: tuple[str, ...]


@dataclass(slots=True)
class _Case:
    finding: Finding | None
    records: int = 0
    points: float = 0.0
    each: float = 0.0
    least: float = 0.0
    most: float = 0.0
    blocks: int = 0
    waits: bool = False
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    shifts: Shifts = field(default_factory=Shifts)
    examples: list[tuple[str, str]] = field(default_factory=list)


class FixList:
    """Gathers records one by one; memory grows with the checks and not with the records.

    Attributes:
        records: gathered.
        unread: of them, those that could not be made.
        account: what all of them score.
    """

    def __init__(self, profile: Profile) -> None:
        """Begin; where the profile's score is MQA, points and ratings are MQA's."""
        self._shapes = {shape.id: shape for shape in profile.shapes}
        self._rated = is_rated(profile)
        self._ratings = Ratings()
        self._cases: dict[str, _Case] = {}
        self.records = self.unread = 0
        self.account = Account(rated=self._rated)

    def add(self, remade: Remade) -> None:
        """Take in one record."""
        self.records += 1
        if remade.problem:
            self.unread += 1
            return
        self.account.add(remade, self._ratings.of(remade) if self._rated else None)
        failed = {finding.code: finding for finding in remade.failed}
        if self._rated:
            gains = self._ratings.gains(remade)
            points = {gain.code: (gain.points, gain.points) for gain in gains}
        else:
            gains = ()
            points = {code: (sure, most) for code, sure, most in remade.gains}
        # By MQA a dataset can gain by a check that some other of its distributions passes already.
        for code in dict.fromkeys((*failed, *points)):
            case = self._cases.setdefault(code, _Case(failed.get(code)))
            sure, most = points.get(code, (0.0, 0.0))
            case.least = sure if not case.records else min(case.least, sure)
            case.records += 1
            case.points += sure
            case.most += most
            case.each = max(case.each, sure)
            case.blocks += code in remade.blocks
            shape = self._shapes.get(code)
            case.waits |= shape is not None and shape.requires in failed
            if len(case.examples) < EXAMPLES:
                case.examples.append((remade.local_id, remade.identifier))
        for gain in gains:
            case = self._cases[gain.code]
            case.shifts.add(gain.shifts)
            if gain.before != gain.after:
                move = (gain.before, gain.after)
                case.moves[move] = case.moves.get(move, 0) + 1

    def ranked(self) -> tuple[RankedFix, ...]:
        """Return the fixes: what gains most points first, then what blocks, is worse, is more frequent."""
        found = [self._fix(code, case) for code, case in self._cases.items()]
        return tuple(
            sorted(found, key=lambda fix: (-fix.points, -fix.most, -fix.blocks, -fix.severity, -fix.records, fix.code))
        )

    def _fix(self, code: str, case: _Case) -> RankedFix:
        shape, finding = self._shapes.get(code), case.finding
        told = finding or shape
        assert told is not None, "what gains without a finding is a check of the profile"
        points = self.account.gained(case.shifts) if self._rated else case.points
        more = case.most > case.points
        return RankedFix(
            code=code,
            name=shape.name if shape else told.message,
            advice=told.advice,
            principle=told.principle,
            severity=told.severity,
            records=case.records,
            points=round(points, 2),
            least=round(case.least, 2),
            each=round(case.each, 2),
            most=round(case.most if more else points, 2),
            required_by=tuple(each.id for each in self._shapes.values() if each.requires == code) if more else (),
            requires=shape.requires if shape and case.waits else None,
            moves=tuple((*move, count) for move, count in sorted(case.moves.items())),
            blocks=case.blocks,
            examples=tuple(local for local, _ in case.examples),
            identifiers=tuple(name for _, name in case.examples),
        )


def sentence(fix: RankedFix, *, rated: bool = False) -> str:
    """Return a fix as one sentence: in how many records, what each gains and all together, and which ratings change.

    Args:
        rated: the points are those of MQA.
    """
    parts = [f"in {counted(fix.records, 'record')}"]
    if fix.each:
        gain = f"+{counted(fix.each, 'point')}"
        if fix.records > 1:
            gain += " each" if fix.least == fix.each else " each at most"
        if fix.records > 1 or rated:
            gain += f", +{number(fix.points)} for the whole" if rated else f", +{number(fix.points)} in all"
        parts.append(gain)
    if fix.required_by:
        passes = "passes" if len(fix.required_by) == 1 else "pass"
        parts.append(f"+{number(fix.most)} if {_names(fix.required_by)} {passes}, too")
    if fix.requires:
        parts.append(f"gains nothing where {fix.requires} fails")
    parts += [f"{before} to {after} for {count}" for before, after, count in fix.moves]
    if fix.blocks:
        parts.append(f"{fix.blocks} not published for it")
    return f"{fix.advice.removesuffix('.')}, {'; '.join(parts)}."


def _names(codes: tuple[str, ...]) -> str:
    return " and ".join(codes) if len(codes) < 3 else f"{', '.join(codes[:-1])} and {codes[-1]}"
