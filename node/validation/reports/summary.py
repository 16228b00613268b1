"""What some records come to together: points, scores, findings by severity and by rule, counted one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from node.model.report import Finding, Severity
from node.validation.reports.outcomes import Outcome
from node.validation.scores.record import RecordScores
from node.validation.scores.totals import Totals, Unscored, whole_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one check found in all records.

    Attributes:
        example: the first finding.
        records: that have it.
        waived: records of these in which it is known and accepted for a while.
        points: lost by it in all of them.
        blocks: it keeps one of them from being published.
    """

    example: Finding
    records: int
    waived: int
    points: float
    blocks: bool


@dataclass(slots=True)
class Summary:
    """Counts records in, and keeps none of them.

    Attributes:
        records: that were counted.
        unread: of these, those that could not be read.
        profile: the name of the profile, empty while no record has been judged.
        engines: the digest of the profile and the engine, of each pair that judged.
        gained, possible: points.
        letters: points gained and possible by letter of FAIR.
        severities: findings by severity.
        checks: of records whose checks have no points, how many are met (`True`), not met and undecided (`None`).
    """

    records: int = 0
    unread: int = 0
    profile: str = ""
    engines: set[tuple[str, str]] = field(default_factory=set)
    gained: float = 0.0
    possible: float = 0.0
    letters: dict[str, tuple[float, float]] = field(default_factory=dict)
    severities: Counter[Severity] = field(default_factory=Counter)
    checks: Counter[bool | None] = field(default_factory=Counter)
    together: Totals | None = None
    """The scores of all records; `None` where the profile gives none."""
    _only: tuple[RecordScores, ...] = ()
    _examples: dict[str, Finding] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)
    _records: Counter[str] = field(default_factory=Counter)
    _waived: Counter[str] = field(default_factory=Counter)
    _points: dict[str, float] = field(default_factory=dict)
    _blocking: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Summary:
        """Return what some records come to."""
        found = cls()
        for outcome in outcomes:
            found.add(outcome)
        return found

    def add(self, outcome: Outcome) -> None:
        """Count a record in."""
        self._add_scores(outcome)
        self.records += 1
        self.unread += outcome.problem is not None
        report = outcome.report
        if report is not None:
            self.profile = self.profile or report.profile
            self.engines.add((report.digest, report.engine))
            self.gained += report.score
            self.possible += report.max_score
            for letter, gained, possible in report.by_letter:
                before = self.letters.get(letter, (0.0, 0.0))
                self.letters[letter] = (before[0] + gained, before[1] + possible)
            self._blocking |= {finding.code for finding in report.blocked_by}
            if not report.max_score:
                failed, undecided = outcome.failed, set(outcome.undecided)
                self.checks.update(None if check in undecided else check.id not in failed for check in outcome.asked)
        found = set()
        for finding in outcome.results:
            self.severities[finding.severity] += 1
            self._examples.setdefault(finding.code, finding)
            found.add(finding.code)
        self._records.update(found)
        self._waived.update(found & outcome.waived)
        for code, lost in outcome.lost().items():
            self._points[code] = self._points.get(code, 0.0) + lost
        if len(found - self._said.keys()):
            self._said |= {check.id: check.message for check in outcome.checks}

    @property
    def found(self) -> dict[Severity, int]:
        """How many findings there are of each severity, the worst first."""
        return {severity: self.severities[severity] for severity in sorted(Severity, reverse=True)}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What was found by rule: what costs most points first, then what blocks, is worse, is more frequent."""
        rules = [
            Rule(
                # The value that one record has says nothing of the others.
                example=replace(finding, message=self._said.get(code, finding.message)),
                records=self._records[code],
                waived=self._waived[code],
                points=self._points.get(code, 0.0),
                blocks=code in self._blocking,
            )
            for code, finding in self._examples.items()
        ]
        return tuple(
            sorted(
                rules,
                key=lambda one: (-one.points, not one.blocks, -one.example.severity, -one.records, one.example.code),
            )
        )

    @property
    def statements(self) -> tuple[tuple[str, str], ...]:
        """Each score by name and in words: of the only resource, or of all records together."""
        if self.records == len(self._only) == 1:
            return self._only[0].statements
        return self.together.statements if self.together is not None else ()

    def _add_scores(self, outcome: Outcome) -> None:
        if self.together is None and outcome.scores:
            self.together = Totals(whole_points(outcome.checks))
            for why, records in ((Unscored.UNREADABLE, self.unread), (Unscored.NOT_ASKED, self.records - self.unread)):
                self.together.add(why, records)
        if self.together is not None:
            why = Unscored.UNREADABLE if outcome.report is None else Unscored.NOT_ASKED
            for scores in outcome.scores or (why,):
                self.together.add(scores)
        self._only = outcome.scores if not self.records else ()
