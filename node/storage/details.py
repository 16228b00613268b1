"""What hangs on a record row: payloads, sets, findings, unused parts, agents; replaced whole with each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.report import Finding
from node.storage.custody_tables import withheld
from node.storage.kept import Action, Kept
from node.storage.score_tables import record_facts
from node.storage.tables import findings, ledger, payloads, record_sets, records, runs, shared_nodes, unmapped
from node.storage.upsert import chunks, insert


def replace_details(connection: Connection, ids: dict[str, int], kept: Sequence[Kept]) -> None:
    """Write the details of published, refreshed and held records in place of their old ones."""
    said: list[int] = []
    kept_back: list[int] = []
    published: list[int] = []
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        table: [] for table in (findings, unmapped, payloads, record_sets, shared_nodes)
    }
    for item in kept:
        prepared = item.prepared
        assert prepared is not None
        record = ids[prepared.header.identifier]
        # A version that is held back must not speak on the page of the version that is shown.
        held = item.action in (Action.HOLD, Action.WITHDRAW)
        rows[findings] += [_finding(record, finding, held) for finding in prepared.findings]
        results = [_finding(record, finding, held) for finding in prepared.report.results] if prepared.report else []
        # Rows do not name the constraint: what two of a shape say in the same words of one value is there once.
        rows[findings] += {tuple(row.values()): row for row in results}.values()
        (kept_back if held else said).append(record)
        if held and item.known is not None and item.known.published:
            continue
        rows[unmapped] += [
            {"record_id": record, "path": part.path, "value": part.value, "source_line": part.source_line}
            for part in prepared.unmapped
        ]
        if item.action is Action.PUBLISH:
            published.append(record)
            rows[payloads] += [
                {"record_id": record, "prefix": prefix, "body": body} for prefix, body in prepared.payloads
            ]
            rows[record_sets] += [{"record_id": record, "set_spec": spec} for spec in prepared.sets]
            rows[shared_nodes] += [
                {"record_id": record, "iri": node.iri, "ntriples": node.ntriples} for node in prepared.shared
            ]
    known = {item.known.id for item in kept if item.known is not None}
    for table in (findings, unmapped):
        _clear(connection, table, [record for record in said if record in known])
    for some in chunks([record for record in kept_back if record in known]):
        connection.execute(findings.delete().where(findings.c.record_id.in_(some), findings.c.held))
    old = [record for record in published if record in known]
    for table in (payloads, record_sets, shared_nodes):
        _clear(connection, table, old)
    for table, values in rows.items():
        insert(connection, table, values)


def empty(connection: Connection, rows: Sequence[Any]) -> None:
    """Remove what records said from their rows and from all that hangs on them; what a tombstone needs stays.

    Args:
        rows: each with the `id`, `source_id`, `identifier` and `local_id` of its record.
    """
    ids = [row.id for row in rows]
    for table in (findings, unmapped, shared_nodes, withheld):
        _clear(connection, table, ids)
    blank = {"title": "", "subject": "", "origin_description": None, "held_code": None, "held_reason": None}
    for some in chunks(ids):
        silence(connection, some)
        figures = {"score": None, "max_score": None, "audience": None}
        connection.execute(records.update().where(records.c.id.in_(some)).values(**blank, **figures))
    for some in chunks([row.local_id for row in rows]):
        connection.execute(record_facts.delete().where(record_facts.c.local_id.in_(some)))
    for source in {row.source_id for row in rows}:
        theirs = sa.select(runs.c.id).where(runs.c.source_id == source)
        for some in chunks([row.identifier for row in rows if row.source_id == source]):
            # What became of it stays in the ledger; why quotes what it said.
            mine = ledger.c.run_id.in_(theirs) & ledger.c.identifier.in_(some)
            connection.execute(ledger.update().where(mine).values(reason=""))


def silence(connection: Connection, ids: Sequence[int]) -> None:
    """Leave of payloads which there were, as tombstones need it: not what they said, nor what was signed of them."""
    nothing = {"body": "", "content": None, "signature": None, "signed_as": None}
    connection.execute(payloads.update().where(payloads.c.record_id.in_(ids)).values(nothing))


def _clear(connection: Connection, table: sa.Table, ids: Sequence[int]) -> None:
    for some in chunks(ids):
        connection.execute(table.delete().where(table.c.record_id.in_(some)))


def _finding(record: int, finding: Finding, held: bool) -> dict[str, Any]:
    return {
        "record_id": record,
        "held": held,
        "code": finding.code,
        "severity": int(finding.severity),
        "message": finding.message,
        "advice": finding.advice,
        "focus_node": finding.focus_node,
        "path": finding.path,
        "value": finding.value,
        "principle": finding.principle,
        "source_line": finding.source_line,
    }
