"""What to mend in the records of a sample, ranked by the points of the FAIR score that are lost by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from node.model.oai import Record
from node.model.preflight import Example, Fix
from node.model.prepared import Prepared
from node.model.report import Finding
from node.validation.points import points_lost
from node.validation.shapes import Shape

EXAMPLES = 5
"""Records named for each thing to mend."""


@dataclass(slots=True)
class _Case:
    """One code while it is counted."""

    worst: Finding
    blocks: bool = False
    points: float = 0.0
    records: set[int] = field(default_factory=set)
    examples: list[Example] = field(default_factory=list)


def rank(records: Sequence[Record], prepared: Mapping[int, Prepared], shapes: Iterable[Shape]) -> tuple[Fix, ...]:
    """Return what to mend: what costs most points first, then what blocks, what is worse, what is more frequent.

    Args:
        prepared: by the index of the record in `records`.
        shapes: of the profile in use.
    """
    checks = tuple(shapes)
    cases: dict[str, _Case] = {}
    for index, item in sorted(prepared.items()):
        identifier = records[index].header.identifier
        blocking = {finding.code for finding in item.report.blocked_by} if item.report else set()
        if item.problem is not None:
            blocking.add(item.problem[0])
        for finding in _findings(item):
            case = cases.setdefault(finding.code, _Case(finding))
            if finding.severity > case.worst.severity:
                case.worst = finding
            case.blocks = case.blocks or finding.code in blocking
            if index not in case.records and len(case.examples) < EXAMPLES:
                case.examples.append(example(identifier, finding))
            case.records.add(index)
        for code, points in _points_lost(item, checks).items():
            # A check can cost points by a finding of another code only; it is counted where that finding is.
            if code in cases:
                cases[code].points += points
    fixes = [_fix(code, case) for code, case in cases.items()]
    return tuple(sorted(fixes, key=_order))


def _points_lost(item: Prepared, checks: Iterable[Shape]) -> dict[str, float]:
    return points_lost(item.report.results, checks, item.kind) if item.report else {}


def example(identifier: str, finding: Finding) -> Example:
    """Return where a finding was met."""
    return Example(
        identifier=identifier,
        path=finding.path,
        value=finding.value,
        line=finding.source_line,
        message=finding.message,
    )


def _findings(item: Prepared) -> tuple[Finding, ...]:
    return item.findings + (item.report.results if item.report else ())


def _fix(code: str, case: _Case) -> Fix:
    return Fix(
        code=code,
        severity=case.worst.severity,
        message=case.worst.message,
        advice=case.worst.advice,
        principle=case.worst.principle,
        records=len(case.records),
        points=case.points,
        blocks=case.blocks,
        examples=tuple(case.examples),
    )


def _order(fix: Fix) -> tuple[float, bool, int, int, str]:
    return (-fix.points, not fix.blocks, -fix.severity, -fix.records, fix.code)
