"""What peers vouched for, source by source, and how an operator lets go of it.

What a peer said of a record stays with it when the peer has no say any more: its entry is gone, or the source lies at
an address that is not the peer's. A peer that was restored from a backup says what is older than what it said. In both
cases an operator lets go of what is kept; until the next harvest it counts all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from node.errors import NotFound
from node.model.trail import Act
from node.sovereignty.received import RELEASED
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.tables import records, sources
from node.storage.tombstones import hold
from node.storage.trail import append

_PEER = records.c.received["peer"].as_string()
_KEPT = sa.and_(records.c.received.is_not(None), _PEER != "", records.c.received[RELEASED].as_string().is_(None))
_WRITE = records.update().where(records.c.id == sa.bindparam("b_id")).values(received=sa.bindparam("b_received"))
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """A source some of whose records a peer vouched for."""

    source: str
    url: str
    peer: str


def vouching(database: Database, source: int) -> str:
    """Return the peer that vouched for a record of a source, if nobody let go of it; empty where none did.

    Args:
        source: its number.
    """
    query = sa.select(_PEER).where(records.c.source_id == source, _KEPT).limit(1)
    with database.read() as connection:
        return str(connection.execute(query).scalar() or "")


def vouched(database: Database) -> tuple[Vouched, ...]:
    """Return the sources that peers vouched for records of, by name."""
    query = (
        sa.select(sources.c.name, sources.c.url, _PEER.label("peer"))
        .join(records, records.c.source_id == sources.c.id)
        .where(_KEPT)
        .distinct()
        .order_by(sources.c.name, sa.text("peer"))
    )
    with database.read() as connection:
        return tuple(Vouched(source=row.name, url=row.url, peer=row.peer) for row in connection.execute(query))


def release(database: Database, name: str, actor: str, reason: str, now: Clock) -> int:
    """Let go of what peers said of the records of a source, and of how late that was; return of how many records.

    Their labels stay as they are until the next harvest, which makes them of what comes then alone.

    Args:
        actor: who, as the trail names them.

    Raises:
        NotFound: there is no source of that name.
    """
    with database.write() as connection:
        number = connection.execute(sa.select(sources.c.id).where(sources.c.name == name).with_for_update()).scalar()
        if number is None:
            raise NotFound(f"there is no source {name!r}", advice="`fairnode source list` names them all.")
        some = sa.select(records.c.id).where(records.c.source_id == number, _KEPT).limit(_BATCH)
        done = 0
        while ids := connection.execute(some).scalars().all():
            hold(connection, ids)
            held = sa.select(records.c.id, records.c.received).where(records.c.id.in_(ids), _KEPT)
            values = [
                {"b_id": row.id, "b_received": {**row.received, RELEASED: True}} for row in connection.execute(held)
            ]
            if values:
                connection.execute(_WRITE, values)
            done += len(values)
        reasons = (reason, f"records: {done}")
        append(connection, [Act(actor=actor, action="peer-release", object=name, permitted=True, reasons=reasons)], now)
    return done
