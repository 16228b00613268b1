"""What hangs on a record row: payloads, sets, findings, unused parts, agents; replaced whole with each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.report import Finding
from node.storage import stale
from node.storage.kept import Action, Kept
from node.storage.tables import findings, payloads, record_sets, shared_nodes, unmapped


def replace_details(connection: Connection, ids: dict[str, int], kept: Sequence[Kept]) -> None:
    """Write the details of published, refreshed and held records in place of their old ones."""
    said: list[int] = []
    published: list[int] = []
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        table: [] for table in (findings, unmapped, payloads, record_sets, shared_nodes)
    }
    for item in kept:
        prepared = item.prepared
        assert prepared is not None
        record = ids[prepared.header.identifier]
        said.append(record)
        results = prepared.findings + (prepared.report.results if prepared.report else ())
        rows[findings] += [_finding(record, finding) for finding in results]
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
    old = [record for record in published if record in known]
    if old:
        # Agents that only the old version spoke of must be written again without it.
        left = connection.execute(sa.select(shared_nodes.c.iri).where(shared_nodes.c.record_id.in_(old))).scalars()
        stale.mark(connection, ((stale.SHARED, iri) for iri in left.all()))
    for table in (payloads, record_sets, shared_nodes):
        _clear(connection, table, old)
    for table, values in rows.items():
        if values:
            connection.execute(table.insert(), values)


def _clear(connection: Connection, table: sa.Table, ids: Sequence[int]) -> None:
    if ids:
        connection.execute(table.delete().where(table.c.record_id.in_(ids)))


def _finding(record: int, finding: Finding) -> dict[str, Any]:
    return {
        "record_id": record,
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
