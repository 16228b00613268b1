"""New labels for a batch of records, in one transaction: with all that goes with a change that somebody sees.

What changes gets a new number and datestamp in the change log, its graphs wait to be written, its objects to be
relabelled, and the trail has an entry with the old labels and the new ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Label, Labels
from node.model.report import Finding
from node.model.run import Outcome
from node.model.trail import Act
from node.sovereignty.decide import audience_of
from node.sovereignty.labels import join
from node.sovereignty.stated import CODES
from node.sovereignty.tags import to_json
from node.storage import relabels, stale, tombstones
from node.storage.changes import Clock, advance
from node.storage.database import Database
from node.storage.label_acts import relabelled
from node.storage.label_queue import COLUMNS, Due, label_of, read_due
from node.storage.object_names import object_labels, objects_of
from node.storage.past import tightened_past
from node.storage.tables import changes, findings, records, sources
from node.storage.trail import append
from node.storage.upsert import chunks, insert
from node.storage.withholding import is_withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLabels:
    """What became of a record's labels.

    Attributes:
        due: the record.
        labels: its labels from now on.
        until: the day on which they are due again.
        findings: what was found while they were derived; `None` leaves those of before.
        why: what the trail says besides what changed.
    """

    due: Due
    labels: Labels
    until: dt.date | None
    findings: tuple[Finding, ...] | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How many records of a batch were changed, and how many left as due as they were, for somebody changed them."""

    changed: int
    left: int


def write_labels(database: Database, found: Sequence[NewLabels], today: dt.date, actor: str, now: Clock) -> Written:
    """Give a batch its new labels.

    A record that became another, or that somebody decided about, since it was read is left for the next time.

    Args:
        actor: who, as the trail names them.
    """
    return database.write_again(lambda connection: _write(connection, found, today, actor, now))


def _write(connection: Connection, found: Sequence[NewLabels], today: dt.date, actor: str, now: Clock) -> Written:
    rows = _locked(connection, [each.due.id for each in found])
    current = {due.id: due for due in read_due(connection, list(rows.values()))}
    valid = [each for each in found if each.due.id in current and current[each.due.id].was == each.due.was]
    shown: list[tuple[NewLabels, dict[str, Any]]] = []
    for each in valid:
        row = rows[each.due.id]
        audience = _audience(row, each.labels.record, today)
        values = {
            "record_label": to_json(each.labels.record),
            "data_label": to_json(each.labels.data),
            "audience": audience,
        }
        if any(getattr(row, name) != value for name, value in values.items()):
            shown.append((each, values))
    _settle(connection, valid)
    if shown:
        before = tombstones.levels(connection, [each.due.id for each, _ in shown])
        _update(connection, [{"b_id": each.due.id, **values} for each, values in shown])
        stale.mark(connection, stale.touched_by(connection, [each.due.id for each, _ in shown]))
        relabels.order(connection, _wanted(connection, shown, rows), now())
        _enter(connection, shown, now)
        tombstones.settle(connection, before)
        append(connection, [_act(each, rows[each.due.id], values["audience"], actor) for each, values in shown], now)
    return Written(changed=len(shown), left=len(found) - len(valid))


def _audience(row: Any, label: Label, today: dt.date) -> int | None:
    """Who sees the record; what is withheld because of its objects stays so, whatever its label says."""
    if row.withheld:
        return None
    audience = audience_of(label, today)
    return None if audience is None else int(audience)


def _settle(connection: Connection, valid: Sequence[NewLabels]) -> None:
    """Write when labels are due again, and what was found while they were derived."""
    if not valid:
        return
    connection.execute(
        records.update().where(records.c.id == sa.bindparam("b_id")).values(labels_until=sa.bindparam("b_until")),
        [{"b_id": each.due.id, "b_until": each.until} for each in valid],
    )
    told = [(each.due.id, each.findings) for each in valid if each.findings is not None]
    for some in chunks([record for record, _ in told]):
        mine = findings.c.record_id.in_(some), findings.c.code.in_(CODES), findings.c.held.is_(False)
        connection.execute(findings.delete().where(*mine))
    insert(
        connection,
        findings,
        [
            {
                "record_id": record,
                "held": False,
                "code": finding.code,
                "severity": int(finding.severity),
                "message": finding.message,
                "advice": finding.advice,
                "path": finding.path,
                "value": finding.value,
            }
            for record, several in told
            for finding in several
        ],
    )


def _wanted(
    connection: Connection, shown: Sequence[tuple[NewLabels, dict[str, Any]]], rows: Mapping[int, Any]
) -> dict[tuple[str, str], Label]:
    """Return the labels that objects get: of each record's own, the join over all records that it belongs to.

    What is kept of a record's earlier versions is only ever tightened (`node.storage.past`).
    """
    wanted: dict[tuple[str, str], Label] = {}
    labels = {each.due.id: each.labels.record for each, _ in shown}
    mine = {name for record in labels for name in objects_of(rows[record])}
    digests = sorted({digest for _, digest in mine})
    for some in chunks(digests):
        sharing = records.c.raw_digest.in_(some) | records.c.rdf_digest.in_(some)
        for row in connection.execute(sa.select(*COLUMNS).where(sharing, records.c.record_label.is_not(None))):
            for name in mine & set(objects_of(row)):
                label = label_of(row.record_label)
                if label is not None:
                    wanted[name] = join(wanted.get(name, label), label)
    kept = object_labels(connection, digests)
    found = {name: label for name, label in wanted.items() if kept.get(name) not in (None, label)}
    return found | tightened_past(connection, labels, mine)


def _enter(connection: Connection, shown: Sequence[tuple[NewLabels, dict[str, Any]]], now: Clock) -> None:
    """Give what changed its number and datestamp, and enter it in the change log."""
    tick = advance(connection, len(shown), now)
    numbered = [(tick.first + offset, each, values) for offset, (each, values) in enumerate(shown)]
    _update(connection, [{"b_id": each.due.id, "seq": seq, "datestamp": tick.datestamp} for seq, each, _ in numbered])
    log = []
    for seq, each, values in numbered:
        log.append(
            {
                "seq": seq,
                "record_id": each.due.id,
                "kind": Outcome.UPDATED.value,
                "at": tick.datestamp,
                "audience": values["audience"],
            }
        )
    insert(connection, changes, log)


def _update(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Set columns of records by number, `b_id`; every row has the same ones."""
    same: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "b_id"}
    connection.execute(records.update().where(records.c.id == sa.bindparam("b_id")).values(same), rows)


def _act(each: NewLabels, row: Any, audience: int | None, actor: str) -> Act:
    before = (label_of(row.record_label), label_of(row.data_label))
    return relabelled(actor, each.due.local_id, before, each.labels, (row.audience, audience), each.why)


def _locked(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """Return the rows of records, held until the end of the transaction; their sources' before them.

    Harvests, changes of an agreement and decisions hold them in the same order.
    """
    mine = sa.select(records.c.source_id).where(records.c.id.in_(ids))
    connection.execute(
        sa.select(sources.c.id).where(sources.c.id.in_(mine)).order_by(sources.c.id).with_for_update(read=True)
    ).all()
    # Held first, and read then: a row read while it is waited for would tell of other tables what they were before.
    tombstones.hold(connection, ids)
    query = sa.select(*COLUMNS, is_withheld().label("withheld")).where(records.c.id.in_(ids)).order_by(records.c.id)
    return {row.id: row for row in connection.execute(query) if row.state == "live"}
