"""What was found in a record or a source: findings and validation reports (SHACL, section 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """SHACL severities (section 2.1.4), ordered."""

    INFO = 1
    WARNING = 2
    VIOLATION = 3

    @property
    def label(self) -> str:
        """`info`, `warning` or `violation`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing somebody should know about a record, with the way to mend it.

    Attributes:
        code: the shape's name (`F1-01`) or a dotted code (`mapping.date-unreadable`).
        severity: how much it matters.
        message: what is wrong, with the offending value.
        advice: what to do, one sentence.
        focus_node: the RDF node it is about; `None` where there is no RDF yet.
        path: the RDF property, or the element of the raw record.
        value: the offending value as text, at most 500 characters.
        principle: the FAIR principle, such as `R1.1`; `None` where it is no FAIR check.
        source_line: the line of the raw record, counted from 1.
        component: the IRI of the SHACL constraint component; `None` where it is no SHACL result.
        source_path: the element of the raw record it comes from, or that is missing; `None` where that was not looked
            for, and where `path` is that element already.
        source_missing: the raw record has no element `source_path`.
    """

    code: str
    severity: Severity
    message: str
    advice: str = ""
    focus_node: str | None = None
    path: str | None = None
    value: str | None = None
    principle: str | None = None
    source_line: int | None = None
    component: str | None = None
    source_path: str | None = None
    source_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """The verdict of one profile on one record.

    Attributes:
        profile: the profile's name.
        digest: SHA-256 over the profile's definition and shapes: two reports with the same digest asked the same.
        engine: the engine and its version, such as `pyshacl 0.40.1`.
        results: the findings, in a fixed order.
        score: points gained.
        max_score: points that could be gained.
        blocked_by: the results that quarantine the record, by the profile's own rule.
        by_letter: (letter, points gained, points that could be gained) of each letter of FAIR.
    """

    profile: str
    digest: str
    engine: str
    results: tuple[Finding, ...]
    score: float
    max_score: float
    blocked_by: tuple[Finding, ...] = ()
    by_letter: tuple[tuple[str, float, float], ...] = ()

    @property
    def blocking(self) -> bool:
        """The record is quarantined."""
        return bool(self.blocked_by)

    @property
    def conforms(self) -> bool:
        """No result at all (SHACL, section 3.6.1.1)."""
        return not self.results
