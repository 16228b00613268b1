"""Audits as values that commands and pages print. Times are left out of what must be the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from node.amounts import counted
from node.audit.judging import canonical
from node.audit.waiving import Standing
from node.model.audit import Audit, ChangedFinding, Signature
from node.model.report import Finding
from node.storage.audit_scores import ScoreSheet
from node.syntax import JsonValue
from node.validation.reports.tables import csv_line

COLUMNS = (
    "source", "identifier", "record", "rule", "severity", "principle", "focus", "path", "value", "message", "advice",
    "component", "waiver",
)  # fmt: skip


def audit_values(audit: Audit) -> dict[str, JsonValue]:
    """Return an audit by its digest, with the document that the digest covers; no time is in it."""
    document: dict[str, JsonValue] = json.loads(audit.document)
    return {"audit": audit.digest, **document}


def told_values(audit: Audit, counted: Collection[str]) -> dict[str, JsonValue]:
    """Return an audit as `audit_values` does, with the figures of the sources `counted` alone.

    What is said of all together is `None` where that counts other sources, too.
    """
    values = audit_values(audit)
    if not audit.is_of(counted):
        sources = values["sources"]
        assert isinstance(sources, list)
        values["sources"] = [each for each in sources if isinstance(each, dict) and each["source"] in counted]
        values |= {name: None for name in ("rules", "undecided") if name in values}
    return values


def undecided_sentences(audit: Audit) -> Iterator[str]:
    """Yield what an audit says of checks that were not decided; nothing where all were."""
    undecided = json.loads(audit.document).get("undecided")
    if undecided is None:
        return
    yield (
        f"{counted(undecided['records'], 'record')} with undecided checks, which the next audit asks again: on another "
        "machine, or another day, this audit may come out differently."
    )
    for each in undecided["not_asked"]:
        yield (
            f"{each['rule']} took too long of several records and was not asked of {each['records']} more: mend the "
            "shape, most likely its sh:pattern."
        )


def scores_values(sheet: ScoreSheet | None) -> dict[str, JsonValue] | None:
    """Return the scores of an audit by their own digest; no time is in them but those of link checks."""
    if sheet is None:
        return None
    return {"digest": sheet.digest, **{name: value for name, value in sheet.values.items() if name != "audit"}}


def listed_values(
    audit: Audit, signatures: Iterable[Signature] = (), *, counted: Collection[str] | None = None
) -> dict[str, JsonValue]:
    """Return an audit as one of a list, with its times.

    Args:
        counted: sources whose figures may be told; where it is about others, too, its figures are `None`.
    """
    told = counted is None or audit.is_of(counted)
    return {
        "audit": audit.digest,
        "profile": audit.profile,
        "version": audit.version,
        "profile_digest": audit.profile_digest,
        "engine": audit.engine,
        "sources": [each.source for each in audit.sources],
        "records": audit.records if told else None,
        "findings": audit.findings if told else None,
        "score": audit.score if told else None,
        "max_score": audit.max_score if told else None,
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
        "component": finding.component,
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
