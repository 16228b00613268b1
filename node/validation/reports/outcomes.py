"""What came of validating some records: for each its report, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from node.errors import FairnodeError
from node.model.report import Finding, Severity, ValidationReport
from node.validation.engines import ENGINE_FAILED
from node.validation.points import is_asked, points_lost
from node.validation.scores.record import RecordScores
from node.validation.scores.totals import Totals, whole_points
from node.validation.shapes import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a record could not be validated; the message says where, if that is known."""

    code: str
    message: str
    advice: str

    @classmethod
    def of(cls, error: FairnodeError) -> Problem:
        """Return an error of the node as a value."""
        return cls(code=error.code, message=error.message, advice=error.advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One record.

    Attributes:
        name: the file, and the record in it; empty where there is only one record and it needs no name.
        file: the file it came from; empty for standard input.
        report: the verdict; `None` where there is a problem.
        problem: why there is no verdict.
        checks: the shapes of the profile.
        kinds: (focus node, `Dataset` or `DataService`) of the resources that were judged.
        scores: what the profile's scores say of each resource; none where it gives none.
    """

    name: str = ""
    file: str = ""
    report: ValidationReport | None = None
    problem: Problem | None = None
    checks: tuple[Shape, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    scores: tuple[RecordScores, ...] = ()

    @property
    def results(self) -> tuple[Finding, ...]:
        """The findings; none where there is a problem."""
        return self.report.results if self.report else ()

    @property
    def asked(self) -> tuple[Shape, ...]:
        """The checks that were asked of the record: those with a target that it holds."""
        kinds = [kind for _, kind in self.kinds] or [""]
        return tuple(check for check in self.checks if check.targets and any(is_asked(check, kind) for kind in kinds))

    @property
    def undecided(self) -> tuple[Shape, ...]:
        """The checks that neither passed nor failed for certain: at which one an engine failed, its finding knows."""
        failed = {finding.code for finding in self.results}
        return tuple(check for check in self.asked if check.id not in failed) if ENGINE_FAILED in failed else ()

    def lost(self) -> dict[str, float]:
        """Return the points lost, by the id of the check to blame."""
        found: dict[str, float] = {}
        kinds = dict(self.kinds)
        for focus in dict.fromkeys(finding.focus_node for finding in self.results):
            results = [finding for finding in self.results if finding.focus_node == focus]
            for code, points in points_lost(results, self.checks, kinds.get(focus or "", "")).items():
                found[code] = found.get(code, 0.0) + points
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one check found in all records.

    Attributes:
        example: the first finding.
        records: that have it.
        points: lost by it in all of them.
        blocks: it keeps one of them from being published.
    """

    example: Finding
    records: int
    points: float
    blocks: bool


def ranked(outcomes: Iterable[Outcome]) -> tuple[Rule, ...]:
    """Return what was found by rule: what costs most points first, then what blocks, is worse, is more frequent."""
    first: dict[str, Finding] = {}
    said: dict[str, str] = {}
    records: dict[str, int] = {}
    points: dict[str, float] = {}
    blocking: set[str] = set()
    for outcome in outcomes:
        said |= {check.id: check.message for check in outcome.checks}
        for finding in outcome.results:
            first.setdefault(finding.code, finding)
        for code in {finding.code for finding in outcome.results}:
            records[code] = records.get(code, 0) + 1
        for code, lost in outcome.lost().items():
            points[code] = points.get(code, 0.0) + lost
        blocking |= {finding.code for finding in (outcome.report.blocked_by if outcome.report else ())}
    rules = [
        Rule(
            # The value that one record has says nothing of the others.
            example=replace(finding, message=said.get(code, finding.message)),
            records=records[code],
            points=points.get(code, 0.0),
            blocks=code in blocking,
        )
        for code, finding in first.items()
    ]
    return tuple(
        sorted(
            rules, key=lambda one: (-one.points, not one.blocks, -one.example.severity, -one.records, one.example.code)
        )
    )


def in_order(outcome: Outcome) -> tuple[Finding, ...]:
    """Return the findings of one record, those first that cost most points."""
    lost = outcome.lost()
    blocked = set(outcome.report.blocked_by) if outcome.report else set()
    return tuple(
        sorted(
            outcome.results,
            key=lambda one: (-lost.get(one.code, 0.0), one not in blocked, -one.severity, one.code),
        )
    )


def totals(outcomes: Sequence[Outcome]) -> tuple[float, float, tuple[tuple[str, float, float], ...]]:
    """Return the points gained and possible over all records, and by letter (letter, gained, possible)."""
    reports = [outcome.report for outcome in outcomes if outcome.report]
    letters: dict[str, tuple[float, float]] = {}
    for report in reports:
        for letter, gained, possible in report.by_letter:
            before = letters.get(letter, (0.0, 0.0))
            letters[letter] = (before[0] + gained, before[1] + possible)
    return (
        sum(report.score for report in reports),
        sum(report.max_score for report in reports),
        tuple((letter, *points) for letter, points in letters.items()),
    )


def score_totals(outcomes: Sequence[Outcome]) -> Totals | None:
    """Return the scores of all records together; `None` where the profile gives none."""
    if not any(outcome.scores for outcome in outcomes):
        return None
    found = Totals(whole_points(next(outcome.checks for outcome in outcomes if outcome.scores)))
    for outcome in outcomes:
        for scores in outcome.scores or (None,):
            found.add(scores)
    return found


def score_statements(outcomes: Sequence[Outcome]) -> tuple[tuple[str, str], ...]:
    """Return each score by name and in words: of the only resource, or of all records together."""
    held = [scores for outcome in outcomes for scores in outcome.scores]
    if len(outcomes) == len(held) == 1:
        return held[0].statements
    together = score_totals(outcomes)
    return together.statements if together is not None else ()


def counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return how many findings there are of each severity, the worst first."""
    held = list(findings)
    return {severity: sum(one.severity is severity for one in held) for severity in sorted(Severity, reverse=True)}


def place(finding: Finding) -> str:
    """Return where in the raw record a finding comes from, in words; empty where that is not known."""
    if finding.source_path is None:
        return f"line {finding.source_line}" if finding.source_line is not None else ""
    if finding.source_missing:
        return f"missing: {finding.source_path}"
    return finding.source_path + (f", line {finding.source_line}" if finding.source_line is not None else "")
