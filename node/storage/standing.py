"""What a guest may have, compared with when it asked last: what it lost since, it gets tombstones of; what a peer
gained without a change of the record gets a new datestamp, so that its next incremental harvest has both.

A guest's view changes by records, which have a number in the change log, and by what its basis is made of: then all
that it was given and all that it may have is looked at. A peer that asks for the first time begins with everything. A
reader has a standing from the first record on that not everybody who is known may have. What a reader gains makes no
record a changed one: entitlements come and go with tokens, and all other harvesters would meet it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.peer import Guest, Peer, floor_of
from node.model.run import Outcome
from node.storage import stale
from node.storage.changes import Clock, advance
from node.storage.database import Database
from node.storage.peer_tables import deliveries, standings
from node.storage.peer_terms import basis_of, terms_of
from node.storage.tables import changes, clock, records
from node.storage.upsert import chunks, insert, upsert
from node.storage.visibility import Visibility, visibility


def follow(database: Database, guest: Guest, now: Clock) -> None:
    """Bring what a guest is listed up to date; to be called before it is answered."""
    today = now().astimezone(dt.UTC).date()
    with database.read() as connection:
        standing = connection.execute(sa.select(standings).where(standings.c.peer == guest.name)).first()
        seq = connection.execute(sa.select(clock.c.seq)).scalar_one()
        basis = basis_of(guest, terms_of(connection, guest, today), today)
    if standing is None and not isinstance(guest, Peer):
        return
    if standing is None or (standing.basis, standing.seq) != (basis, seq):
        database.write_again(lambda connection: _follow(connection, guest, today, now))


def _follow(connection: Connection, guest: Guest, today: dt.date, now: Clock) -> None:
    mine = sa.select(standings).where(standings.c.peer == guest.name).with_for_update()
    standing = connection.execute(mine).first()
    # Before what is looked at: what changes meanwhile is looked at again.
    seq = connection.execute(sa.select(clock.c.seq)).scalar_one()
    seen = visibility(connection, guest, today)
    same = standing is not None and standing.basis == seen.basis
    lost, back = _given(connection, guest, seen, standing.seq if standing is not None and same else None)
    follows = isinstance(guest, Peer) and standing is not None and not same
    gained = _gained(connection, guest, seen) if follows else []
    for some in chunks(back):
        _stamp(connection, guest, [{"record_id": record, "seq": None, "datestamp": None} for record in some])
    upsert(connection, standings, [{"peer": guest.name, "basis": seen.basis, "seq": seq}], update=("basis", "seq"))
    if not (lost or gained):
        return
    stale.mark(connection, stale.touched_by(connection, [row.id for row in gained]))
    tick = advance(connection, len(lost) + len(gained), now)
    numbers = iter(range(tick.first, tick.first + len(lost) + len(gained)))
    _stamp(
        connection,
        guest,
        [{"record_id": record, "seq": next(numbers), "datestamp": tick.datestamp} for record in lost],
    )
    _renew(connection, gained, numbers=[next(numbers) for _ in gained], at=tick.datestamp)


def _given(connection: Connection, guest: Guest, seen: Visibility, since: int | None) -> tuple[list[int], list[int]]:
    """Return what a guest was given and has lost, and what it had lost and sees again.

    Args:
        since: only what changed after this number of the change log.
    """
    live = sa.case((seen.live, True), else_=False).label("live")
    query = sa.select(records.c.id, deliveries.c.seq, live).join(deliveries, deliveries.c.record_id == records.c.id)
    query = query.where(deliveries.c.peer == guest.name).order_by(records.c.id)
    if since is not None:
        query = query.where(records.c.seq > since)
    rows = connection.execute(query).all()
    lost = [row.id for row in rows if row.seq is None and not row.live]
    return lost, [row.id for row in rows if row.seq is not None and row.live]


def _gained(connection: Connection, guest: Guest, seen: Visibility) -> Sequence[Any]:
    """Return what not all of its kind have, and is this guest's to have and not with it; held until commit."""
    has = sa.exists().where(
        deliveries.c.record_id == records.c.id, deliveries.c.peer == guest.name, deliveries.c.seq.is_(None)
    )
    query = sa.select(records.c.id, records.c.audience).where(
        seen.live, records.c.audience > int(floor_of(guest)), sa.not_(has.correlate(records))
    )
    return connection.execute(query.order_by(records.c.id).with_for_update(of=records)).all()


def _stamp(connection: Connection, guest: Guest, rows: Sequence[dict[str, Any]]) -> None:
    """Write when a guest lost what it was given."""
    if rows:
        mine = (deliveries.c.peer == guest.name) & (deliveries.c.record_id == sa.bindparam("b_record"))
        stamped = deliveries.update().where(mine).values(seq=sa.bindparam("b_seq"), datestamp=sa.bindparam("b_at"))
        values = [{"b_record": row["record_id"], "b_seq": row["seq"], "b_at": row["datestamp"]} for row in rows]
        connection.execute(stamped, values)


def _renew(connection: Connection, rows: Sequence[Any], *, numbers: Sequence[int], at: dt.datetime) -> None:
    """Give records a new number and datestamp, as for any change that somebody sees."""
    if not rows:
        return
    stamps = [{"b_id": row.id, "b_seq": number} for row, number in zip(rows, numbers, strict=True)]
    mine = records.c.id == sa.bindparam("b_id")
    connection.execute(records.update().where(mine).values(seq=sa.bindparam("b_seq"), datestamp=at), stamps)
    log = [
        {"seq": number, "record_id": row.id, "kind": Outcome.UPDATED.value, "at": at, "audience": row.audience}
        for row, number in zip(rows, numbers, strict=True)
    ]
    insert(connection, changes, log)
