"""Records withheld from everybody because of what became of their objects, until that is put right.

A withheld record keeps its payloads and its state; it has no audience, so every outlet shows it as deleted to those who
saw it before, and it has a new number in the change log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError
from node.model.run import Outcome
from node.model.trail import Act
from node.sovereignty.decide import audience_of
from node.sovereignty.tags import from_json
from node.storage import stale
from node.storage.changes import Clock, advance
from node.storage.tables import changes, records
from node.storage.trail import append
from node.storage.upsert import chunks

RELABEL_STUCK = "sovereignty.relabel-stuck"
DRIFT = "sovereignty.drift"


def withhold(connection: Connection, objects: Iterable[tuple[str, str]], code: str, reason: str, now: Clock) -> int:
    """Withhold every live record that one of the objects, by kind and digest, belongs to; return how many.

    Call it last in a transaction: the change log's clock stays locked until commit.
    """
    wanted = set(objects)
    found: list[Any] = []
    for some in chunks(sorted({digest for _, digest in wanted})):
        query = sa.select(records.c.id, records.c.raw_digest, records.c.rdf_digest).where(
            records.c.state == "live",
            records.c.audience.is_not(None),
            records.c.raw_digest.in_(some) | records.c.rdf_digest.in_(some),
        )
        found += [
            row
            for row in connection.execute(query)
            if ("raw", row.raw_digest) in wanted or ("rdf", row.rdf_digest) in wanted
        ]
    ids = sorted({row.id for row in found})
    values = {"audience": None, "held_code": code, "held_reason": reason[:1000]}
    _write(connection, [(record, values) for record in ids], Outcome.QUARANTINED, now)
    _note(connection, ids, "withhold", (f"{code}: {reason[:1000]}",), now)
    return len(ids)


def release(connection: Connection, ids: Sequence[int], code: str, now: Clock) -> int:
    """Show records again that were withheld for that reason, to whom their label admits; return how many."""
    today, shown = now().astimezone(dt.UTC).date(), []
    for some in chunks(sorted(set(ids))):
        query = sa.select(records.c.id, records.c.record_label).where(
            records.c.id.in_(some), records.c.held_code == code, records.c.state == "live"
        )
        for row in connection.execute(query):
            try:
                audience = audience_of(from_json(row.record_label), today)
            except LabelError:
                continue
            if audience is not None:
                shown.append((row.id, {"audience": int(audience), "held_code": None, "held_reason": None}))
    _write(connection, shown, Outcome.UPDATED, now)
    _note(connection, [record for record, _ in shown], "release", (f"no longer {code}",), now)
    return len(shown)


def _write(connection: Connection, shown: Sequence[tuple[int, dict[str, Any]]], outcome: Outcome, now: Clock) -> None:
    if not shown:
        return
    stale.mark(connection, stale.touched_by(connection, [record for record, _ in shown]))
    tick = advance(connection, len(shown), now)
    for offset, (record, values) in enumerate(shown):
        stamp = {"seq": tick.first + offset, "datestamp": tick.datestamp}
        connection.execute(records.update().where(records.c.id == record).values(**values, **stamp))
        connection.execute(
            changes.insert().values(
                seq=stamp["seq"],
                record_id=record,
                kind=outcome.value,
                at=tick.datestamp,
                audience=values["audience"],
            )
        )


def _note(connection: Connection, ids: Sequence[int], action: str, reasons: tuple[str, ...], now: Clock) -> None:
    """Enter in the trail what became of records; after the change log, as everywhere, so that no two writers cross."""
    acts: list[Act] = []
    for some in chunks(ids):
        query = sa.select(records.c.local_id).where(records.c.id.in_(some)).order_by(records.c.id)
        acts += [
            Act(actor="worker", action=action, object=local, permitted=action == "release", reasons=reasons)
            for local in connection.execute(query).scalars()
        ]
    append(connection, acts, now)
