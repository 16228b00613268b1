"""Records withheld from everybody because of what became of their objects, until that is put right.

A withheld record keeps its payloads and its state; it has no audience, so every outlet shows it as deleted to those who
saw it before, and it has a new number in the change log. Each reason is one of an object, and all must go: neither a
harvest that finds the record as it was nor a new label shows it again.
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
from node.storage import stale, tombstones
from node.storage.changes import Clock, advance
from node.storage.custody_tables import withheld
from node.storage.tables import changes, records
from node.storage.trail import append
from node.storage.upsert import chunks, upsert

RELABEL_STUCK = "sovereignty.relabel-stuck"
DRIFT = "sovereignty.drift"


def withhold(connection: Connection, objects: Iterable[tuple[str, str]], code: str, reason: str, now: Clock) -> int:
    """Withhold every live record that one of the objects, by kind and digest, belongs to; return how many it hides.

    Call it last in a transaction: the change log's clock stays locked until commit.
    """
    wanted = set(objects)
    rows: list[dict[str, Any]] = []
    visible: set[int] = set()
    at = now().astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    for some in chunks(sorted({digest for _, digest in wanted})):
        theirs = records.c.raw_digest.in_(some) | records.c.rdf_digest.in_(some)
        tombstones.hold(connection, connection.execute(sa.select(records.c.id).where(theirs)).scalars().all())
        query = sa.select(records.c.id, records.c.audience, records.c.raw_digest, records.c.rdf_digest).where(
            records.c.state == "live", theirs
        )
        for row in connection.execute(query):
            for kind, digest in wanted & {("raw", row.raw_digest), ("rdf", row.rdf_digest)}:
                mine = {"record_id": row.id, "code": code, "kind": kind, "digest": digest}
                rows.append({**mine, "reason": reason[:1000], "at": at})
                if row.audience is not None:
                    visible.add(row.id)
    upsert(connection, withheld, rows, update=("reason", "at"))
    ids = sorted(visible)
    _write(connection, [(record, {"audience": None}) for record in ids], Outcome.QUARANTINED, now)
    _note(connection, ids, "withhold", (f"{code}: {reason[:1000]}",), now)
    return len(ids)


def release(connection: Connection, ids: Sequence[int], code: str, now: Clock) -> int:
    """Take a reason away from records; those that none is left for are shown to whom their label admits: how many."""
    today, shown = now().astimezone(dt.UTC).date(), []
    tombstones.hold(connection, ids)
    for some in chunks(sorted(set(ids))):
        connection.execute(withheld.delete().where(withheld.c.record_id.in_(some), withheld.c.code == code))
        query = sa.select(records.c.id, records.c.record_label).where(
            records.c.id.in_(some), records.c.state == "live", records.c.audience.is_(None), sa.not_(is_withheld())
        )
        for row in connection.execute(query):
            try:
                audience = audience_of(from_json(row.record_label), today)
            except LabelError:
                continue
            if audience is not None:
                shown.append((row.id, {"audience": int(audience)}))
    _write(connection, shown, Outcome.UPDATED, now)
    _note(connection, [record for record, _ in shown], "release", (f"no longer {code}",), now)
    return len(shown)


def keep_withheld(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Hide published records again that are withheld for an object they still have; return which those are.

    A reason goes when its object is not the record's any more.
    """
    still: set[int] = set()
    for some in chunks(sorted(set(ids))):
        mine = sa.select(records.c.id).where(
            records.c.id == withheld.c.record_id,
            sa.or_(records.c.raw_digest == withheld.c.digest, records.c.rdf_digest == withheld.c.digest),
        )
        connection.execute(withheld.delete().where(withheld.c.record_id.in_(some), sa.not_(mine.exists())))
        found = sa.select(withheld.c.record_id).where(withheld.c.record_id.in_(some)).distinct()
        still |= set(connection.execute(found).scalars())
    if still:
        connection.execute(records.update().where(records.c.id.in_(still)).values(audience=None))
    return still


def is_withheld() -> sa.ColumnElement[bool]:
    """Return the condition, on a row of `records`, that it is shown to nobody, whatever its label says."""
    return sa.exists().where(withheld.c.record_id == records.c.id).correlate(records)


def why_withheld() -> sa.ColumnElement[str | None]:
    """Return the code of a reason why a row of `records` is withheld, or nothing."""
    found = sa.select(sa.func.min(withheld.c.code)).where(withheld.c.record_id == records.c.id)
    return found.correlate(records).scalar_subquery()


def _write(connection: Connection, shown: Sequence[tuple[int, dict[str, Any]]], outcome: Outcome, now: Clock) -> None:
    if not shown:
        return
    ids = [record for record, _ in shown]
    stale.mark(connection, stale.touched_by(connection, ids))
    before = tombstones.levels(connection, ids)
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
    tombstones.settle(connection, before)


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
