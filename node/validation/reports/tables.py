"""Reports as values for programs: JSON, as `fairnode validate --format json` promises it, and CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

from node.model.report import Finding, Severity, ValidationReport
from node.validation.reports.outcomes import Outcome
from node.validation.reports.scores import record_values
from node.validation.reports.summary import Summary

COLUMNS = (
    "shape", "focus_node", "path", "value", "severity", "message", "advice", "principle", "source_line", "source_path",
    "source_missing", "component",
)  # fmt: skip


def as_json(outcomes: Sequence[Outcome], fail_on: Severity | None = None) -> str:
    """Return one object: of the report where there is one record, else with a list of `records`.

    Of one record with several resources, such as a catalogue, `whole` has what their scores come to together.
    """
    document: dict[str, object]
    if len(outcomes) == 1 and outcomes[0].report is not None:
        report = outcomes[0].report
        together = Summary.of(outcomes).together if len(outcomes[0].scores) > 1 else None
        document = {
            **_asked(report),
            **_verdict(outcomes[0], report),
            **({"whole": together.values()} if together is not None else {}),
        }
    else:
        reports = [outcome.report for outcome in outcomes if outcome.report is not None]
        whole = Summary.of(outcomes)
        document = {
            **(_asked(reports[0]) if reports else {"profile": None, "engine": None}),
            "conforms": len(reports) == len(outcomes) and all(report.conforms for report in reports),
            "score": whole.gained,
            "max_score": whole.possible,
            **({"scores": whole.together.values()} if whole.together is not None else {}),
            "records": [_record(outcome) for outcome in outcomes],
        }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_csv(outcomes: Sequence[Outcome], fail_on: Severity | None = None) -> str:
    """Return a row a finding; with several records, the first column names the record.

    A cell that a spreadsheet would take for a formula begins with an apostrophe (see `csv_line`).
    A record that could not be read has a row with the error's code in the place of the shape.
    """
    several = len(outcomes) != 1
    lines = [csv_line(("record", *COLUMNS) if several else COLUMNS)]
    for outcome in outcomes:
        rows = [row(finding) for finding in outcome.results]
        if outcome.problem is not None:
            problem = outcome.problem
            rows.append((problem.code, None, None, None, "violation", problem.message, problem.advice, *[None] * 5))
        lines.extend(csv_line((outcome.name, *cells) if several else cells) for cells in rows)
    return "".join(lines).removesuffix("\n")


def csv_line(values: Iterable[object]) -> str:
    """Return a row of a CSV table (RFC 4180; it ends with a line feed).

    A text that a spreadsheet would take for a formula begins with an apostrophe: what is in it came from a source.
    """
    target = io.StringIO(newline="")
    # With this end of line, and no shorter one, the writer quotes a lone carriage return, at which readers break lines.
    csv.writer(target, lineterminator="\r\n").writerow([_cell(value) for value in values])
    return target.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\0"):
        return f"'{value}"
    return value


def row(finding: Finding) -> tuple[str | int | bool | None, ...]:
    """Return a finding by `COLUMNS`."""
    return (
        finding.code,
        finding.focus_node,
        finding.path,
        finding.value,
        finding.severity.label,
        finding.message,
        finding.advice,
        finding.principle,
        finding.source_line,
        finding.source_path,
        finding.source_missing,
        finding.component,
    )


def _asked(report: ValidationReport) -> dict[str, object]:
    return {"profile": {"name": report.profile, "digest": report.digest}, "engine": report.engine}


def _verdict(outcome: Outcome, report: ValidationReport) -> dict[str, object]:
    return {
        "conforms": report.conforms,
        "score": report.score,
        "max_score": report.max_score,
        "results": [dict(zip(COLUMNS, row(finding), strict=True)) for finding in report.results],
        **({"scores": [record_values(scores) for scores in outcome.scores]} if outcome.scores else {}),
    }


def _record(outcome: Outcome) -> dict[str, object]:
    if outcome.problem is not None:
        problem = outcome.problem
        error = {"code": problem.code, "message": problem.message, "advice": problem.advice}
        return {"record": outcome.name, "error": error}
    assert outcome.report is not None
    return {"record": outcome.name, **_verdict(outcome, outcome.report)}
