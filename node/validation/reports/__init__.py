"""What validation found, as text, JSON, CSV, HTML, JUnit XML, and as RDF: SHACL, DQV, EARL. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from node.errors import SettingsError
from node.model.report import Severity, ValidationReport
from node.validation.reports.html import html_parts
from node.validation.reports.junit import as_junit
from node.validation.reports.outcomes import Outcome, Problem
from node.validation.reports.rdf import dqv_triples, earl_triples, shacl_triples, turtle
from node.validation.reports.tables import as_csv, as_json
from node.validation.reports.text import as_text

__all__ = ["FORMATS", "Outcome", "Problem", "render", "render_all"]


def _whole(parts: Callable[[Iterable[Outcome]], Iterator[str]]) -> Callable[[Sequence[Outcome], Severity | None], str]:
    return lambda outcomes, fail_on: "".join(parts(outcomes)).removesuffix("\n")


FORMATS: dict[str, Callable[[Sequence[Outcome], Severity | None], str]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "html": _whole(html_parts),
    "junit": as_junit,
    "turtle": _whole(lambda outcomes: turtle(shacl_triples(outcomes))),
    "dqv": _whole(lambda outcomes: turtle(dqv_triples(outcomes))),
    "earl": _whole(lambda outcomes: turtle(earl_triples(outcomes))),
}
"""By name: a function of the outcomes and the severity from which on a finding is a failure."""


def render(report: ValidationReport, form: str) -> str:
    """Return a report in one of `FORMATS`; the same report gives the same text.

    Raises:
        SettingsError: there is no such format.
    """
    return render_all([Outcome(report=report)], form)


def render_all(outcomes: Sequence[Outcome], form: str, fail_on: Severity | None = Severity.VIOLATION) -> str:
    """Return what came of several records in one of `FORMATS`.

    Args:
        fail_on: findings at least this severe are failures, where the format knows such; `None`: none is.

    Raises:
        SettingsError: there is no such format.
    """
    if form not in FORMATS:
        raise SettingsError(f"no report format {form}", advice=f"Use one of {', '.join(sorted(FORMATS))}.")
    return FORMATS[form](outcomes, fail_on)
