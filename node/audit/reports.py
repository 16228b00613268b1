"""Audits as values that commands and pages print. Times are left out of what must be the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from node.audit.judging import canonical
from node.audit.waiving import Standing
from node.model.audit import Audit, ChangedFinding, Signature
from node.model.report import Finding
from node.storage.audit_scores import ScoreSheet
from node.syntax import JsonValue
from node.validation.reports.tables import csv_line

COLUMNS = (
    "source", "identifier", "record", "rule", "severity", "principle", "focus", "path", "value", "message", "advice",
    "waiver",
)  # fmt: skip


def audit_values(audit: Audit) -> dict[str, JsonValue]:
    """Return an audit by its digest, with the document that the digest covers; no time is in it."""
    document: dict[str, JsonValue] = json.loads(audit.document)
    return {"audit": audit.digest, **document}


def scores_values(sheet: ScoreSheet | None) -> dict[str, JsonValue] | None:
    """Return the scores of an audit by their own digest; no time is in them but those of link checks."""
    if sheet is None:
        return None
    return {"digest": sheet.digest, **{name: value for name, value in sheet.values.items() if name != "audit"}}


def listed_values(audit: Audit, signatures: Iterable[Signature] = ()) -> dict[str, JsonValue]:
    """Return an audit as one of a list, with its times."""
    return {
        "audit": audit.digest,
        "profile": audit.profile,
        "version": audit.version,
        "profile_digest": audit.profile_digest,
        "engine": audit.engine,
        "sources": [each.source for each in audit.sources],
        "records": audit.records,
        "findings": audit.findings,
        "score": audit.score,
        "max_score": audit.max_score,
        "made": f"{audit.made.isoformat()}Z",
        "confirmed": f"{audit.confirmed.isoformat()}Z",
        "signed": [{"who": each.who, "at": f"{each.at.isoformat()}Z", "note": each.note} for each in signatures],
    }


def finding_values(finding: Finding) -> dict[str, JsonValue]:
    """Return a finding as JSON values."""
    return {
        "rule": finding.code,
        "severity": finding.severity.label,
        "principle": finding.principle,
        "focus": finding.focus_node,
        "path": finding.path,
        "value": finding.value,
        "message": finding.message,
        "advice": finding.advice,
    }


def standing_values(each: Standing) -> dict[str, JsonValue]:
    """Return a finding in its record, with the number of the waiver that covers it."""
    return {
        "source": each.judgement.source,
        "identifier": each.judgement.identifier,
        "record": each.judgement.local_id,
        **finding_values(each.finding),
        "waiver": each.waiver.number if each.waiver else None,
    }


def changed_values(each: ChangedFinding) -> dict[str, JsonValue]:
    """Return what became of a finding."""
    return {
        "change": each.change.value,
        "source": each.source,
        "identifier": each.identifier,
        "record": each.local_id,
        **finding_values(each.finding),
    }


def json_lines(head: dict[str, JsonValue], member: str, items: Iterable[dict[str, JsonValue]]) -> Iterator[str]:
    """Yield one JSON object with a list at its end, an item a line: it is written while it is read."""
    yield canonical(head)[:-1] + f',"{member}":['
    for index, item in enumerate(items):
        yield f"{',' if index else ''}\n{canonical(item)}"
    yield "\n]}\n"


def csv_lines(columns: Iterable[str], items: Iterable[dict[str, JsonValue]]) -> Iterator[str]:
    """Yield a CSV table (RFC 4180, lines end with a line feed), a row at a time.

    A cell that a spreadsheet would take for a formula begins with an apostrophe: what is in it came from a source.
    """
    names = tuple(columns)
    yield csv_line(names)
    for item in items:
        yield csv_line([item[name] for name in names])
