"""What a guest may have, compared with when it asked last: what it lost since, it gets tombstones of; what a peer
gained without a change of the record gets a new datestamp, so that its next incremental harvest has both.

A guest's view changes by records, which have a number in the change log, and by what its basis is made of: then all
that it was given and all that it may have is looked at. A peer that asks for the first time begins with everything. A
reader has a standing from the first record on that not everybody who is known may have, and one for each basis it asks
with: one person's tokens take turns, and none undoes what the other one did. What a reader gains makes no record a
changed one: entitlements come and go with tokens, and all other harvesters would meet it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.peer import Guest, Peer, floor_of
from node.model.reader import READER
from node.model.run import Outcome
from node.storage import stale
from node.storage.changes import Clock, advance
from node.storage.database import Database
from node.storage.peer_tables import deliveries, standings
from node.storage.peer_terms import basis_of, terms_of
from node.storage.tables import changes, clock, records
from node.storage.upsert import insert, upsert
from node.storage.visibility import Visibility, visibility

_AGAIN = dt.timedelta(days=1)
"""How long the loss of a record that itself has not changed is told for, before it is told anew."""
_TOUCH = dt.timedelta(days=1)


def follow(database: Database, guest: Guest, now: Clock) -> None:
    """Bring what a guest is listed up to date; to be called before it is answered."""
    moment = now().astimezone(dt.UTC).replace(tzinfo=None)
    mine = sa.select(standings).where(standings.c.peer == guest.name)
    with database.read() as connection:
        held = {row.basis: row for row in connection.execute(mine)}
        if not held and not isinstance(guest, Peer):
            return
        seq = connection.execute(sa.select(clock.c.seq)).scalar_one()
        standing = held.get(basis_of(guest, terms_of(connection, guest, moment.date()), moment.date()))
    if (
        standing is None
        or standing.seq != seq
        or (standing.due is not None and standing.due <= moment)
        or standing.asked <= moment - _TOUCH
    ):
        database.write_again(lambda connection: _follow(connection, guest, moment, now))


def forget_readers(database: Database, before: dt.datetime) -> int:
    """Forget what was given to readers who have not asked since a moment; return of how many records.

    Args:
        before: UTC, without zone.
    """
    theirs = deliveries.c.peer.startswith(READER, autoescape=True)
    known = sa.exists().where(standings.c.peer == deliveries.c.peer)
    with database.write() as connection:
        is_old = standings.c.peer.startswith(READER, autoescape=True) & (standings.c.asked < before)
        connection.execute(standings.delete().where(is_old))
        return connection.execute(deliveries.delete().where(theirs, sa.not_(known))).rowcount


def _follow(connection: Connection, guest: Guest, moment: dt.datetime, now: Clock) -> None:
    mine = sa.select(standings).where(standings.c.peer == guest.name).order_by(standings.c.basis).with_for_update()
    held = {row.basis: row for row in connection.execute(mine)}
    # Before what is looked at: what changes meanwhile is looked at again.
    seq = connection.execute(sa.select(clock.c.seq)).scalar_one()
    seen = visibility(connection, guest, moment.date())
    standing = held.get(seen.basis)
    is_due = standing is not None and standing.due is not None and standing.due <= moment
    lost, due = _lost(connection, guest, seen, moment, standing.seq if standing is not None and not is_due else None)
    gained = _gained(connection, guest, seen) if isinstance(guest, Peer) and held and standing is None else []
    if standing is not None and standing.due is not None and not is_due:
        due = min(filter(None, (due, standing.due)))
    row = {"peer": guest.name, "basis": seen.basis, "seq": seq, "asked": moment, "due": due}
    upsert(connection, standings, [row], update=("seq", "asked", "due"))
    if isinstance(guest, Peer):
        # A peer is one program: what it was admitted to before is over.
        connection.execute(standings.delete().where(standings.c.peer == guest.name, standings.c.basis != seen.basis))
    if not (lost or gained):
        return
    stale.mark(connection, stale.touched_by(connection, [row.id for row in gained]))
    tick = advance(connection, len(lost) + len(gained), now)
    numbers = iter(range(tick.first, tick.first + len(lost) + len(gained)))
    _stamp(connection, guest, [(record, next(numbers)) for record in lost], tick.datestamp)
    _renew(connection, gained, numbers=[next(numbers) for _ in gained], at=tick.datestamp)


def _lost(
    connection: Connection, guest: Guest, seen: Visibility, moment: dt.datetime, since: int | None
) -> tuple[list[int], dt.datetime | None]:
    """Return what a guest has of what it may not have any more, and when there is more of it to be told.

    That is what it was given again after its loss, where the record is the one it was then: two tokens of one person,
    or an entitlement that was lost, regained, and lost once more. It waits for a day.

    Args:
        since: only what changed after this number of the change log.
    """
    query = sa.select(records.c.id, records.c.seq, deliveries.c.seq.label("told"), deliveries.c.datestamp)
    query = query.join(deliveries, deliveries.c.record_id == records.c.id)
    query = query.where(deliveries.c.peer == guest.name, deliveries.c.present, sa.not_(seen.live))
    if since is not None:
        query = query.where(records.c.seq > since)
    lost, waiting = [], []
    for row in connection.execute(query.order_by(records.c.id)):
        if row.told is None or row.seq > row.told or row.datestamp + _AGAIN <= moment:
            lost.append(row.id)
        else:
            waiting.append(row.datestamp + _AGAIN)
    return lost, min(waiting, default=None)


def _gained(connection: Connection, guest: Guest, seen: Visibility) -> Sequence[Any]:
    """Return what not all of its kind have, and is this guest's to have and not with it; held until commit."""
    has = sa.exists().where(
        deliveries.c.record_id == records.c.id, deliveries.c.peer == guest.name, deliveries.c.present
    )
    query = sa.select(records.c.id, records.c.audience).where(
        seen.live, records.c.audience > int(floor_of(guest)), sa.not_(has.correlate(records))
    )
    return connection.execute(query.order_by(records.c.id).with_for_update(of=records)).all()


def _stamp(connection: Connection, guest: Guest, lost: Sequence[tuple[int, int]], at: dt.datetime) -> None:
    """Write when a guest lost what it was given: records with the numbers of their losses."""
    if lost:
        mine = (deliveries.c.peer == guest.name) & (deliveries.c.record_id == sa.bindparam("b_record"))
        stamped = deliveries.update().where(mine)
        stamped = stamped.values(seq=sa.bindparam("b_seq"), datestamp=at, present=False)
        connection.execute(stamped, [{"b_record": record, "b_seq": number} for record, number in lost])


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
