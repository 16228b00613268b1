"""What came of validating some records: for each its report, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from node.errors import FairnodeError
from node.model.report import Finding, ValidationReport
from node.validation.engines import ENGINE_FAILED
from node.validation.points import is_asked, points_lost
from node.validation.scores.record import RecordScores
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
        kinds: (focus node, value of a `ResourceKind`) of the resources that were judged.
        scores: what the profile's scores say of each resource; none where it gives none.
        answered: the ids of the checks that were asked, where that is known; `None`: it follows from `kinds`.
        local_id: the node's own name of it, where it is one of its records.
        waived: the ids of the checks whose findings are known and accepted for a while.
    """

    name: str = ""
    file: str = ""
    report: ValidationReport | None = None
    problem: Problem | None = None
    checks: tuple[Shape, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    scores: tuple[RecordScores, ...] = ()
    answered: frozenset[str] | None = None
    waived: frozenset[str] = frozenset()
    local_id: str = ""

    @property
    def results(self) -> tuple[Finding, ...]:
        """The findings; none where there is a problem."""
        return self.report.results if self.report else ()

    @property
    def asked(self) -> tuple[Shape, ...]:
        """The checks that were asked of the record: those with a target that it holds, and the shapes within them."""
        kinds = [kind for _, kind in self.kinds] or [""]
        asked = self.answered
        if asked is None:
            targeted = (check for check in self.checks if check.targets)
            asked = frozenset(check.id for check in targeted if any(is_asked(check, kind) for kind in kinds))
        return tuple(check for check in self.checks if check.id in asked or not asked.isdisjoint(check.within))

    @property
    def failed(self) -> frozenset[str]:
        """The ids of the checks that are not met: those with a finding, and those around a shape that has one."""
        found = {finding.code for finding in self.results}
        around = {name for check in self.checks if check.id in found for name in check.within}
        return frozenset(found.union(check.id for check in self.asked if check.id in around) if around else found)

    @property
    def undecided(self) -> tuple[Shape, ...]:
        """The checks that neither passed nor failed for certain: at which one an engine failed, its finding knows."""
        failed = self.failed
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


def place(finding: Finding) -> str:
    """Return where in the raw record a finding comes from, in words; empty where that is not known."""
    if finding.source_path is None:
        return f"line {finding.source_line}" if finding.source_line is not None else ""
    if finding.source_missing:
        return f"missing: {finding.source_path}"
    return finding.source_path + (f", line {finding.source_line}" if finding.source_line is not None else "")
