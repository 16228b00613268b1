"""Which records a viewer sees, as conditions on the records: made from the decision, and by nothing else.

For an audience the decision was made when the record was kept, and stands in its row; that its time has not run out
since is looked at here. For a peer the decision is made here and now, once for each label that the records of a source
have: there are few.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError
from node.model.label import Audience
from node.model.peer import Peer, Viewer
from node.sovereignty.decide import decide_for_peer
from node.sovereignty.tags import from_json
from node.storage.peer_tables import deliveries, standings, tombstones
from node.storage.peer_terms import Terms, basis_of, terms_of
from node.storage.tables import records
from node.storage.tombstones import lost_by, outlines, told, was_seen_by
from node.storage.upsert import upsert

_PUBLIC = int(Audience.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Conditions on `records`.

    Attributes:
        live: the viewer may read it as it is.
        listed: it is live for the viewer, or the viewer is owed its tombstone.
        admitted: it is live, or was until its time ran out and no worker has seen to it yet.
        lost: tombstones that the viewer is owed where it is not admitted: record, number and datestamp of the loss, and
            the sets and formats until then.
        basis: what the conditions were made of besides records; see `node.storage.peer_terms`. Empty for an audience.
    """

    live: sa.ColumnElement[bool]
    listed: sa.ColumnElement[bool]
    admitted: sa.ColumnElement[bool]
    lost: sa.Select[Any] | sa.CompoundSelect[Any]
    basis: str = ""


def visibility(connection: Connection, viewer: Viewer, today: dt.date) -> Visibility:
    """Return what a viewer sees today."""
    if not isinstance(viewer, Peer):
        return Visibility(
            live=shown_to(viewer, today), listed=owed_to(viewer), admitted=_decided(viewer), lost=lost_by(viewer)
        )
    terms = terms_of(connection, viewer, today)
    published = records.c.seq.is_not(None) & (records.c.state == "live") & records.c.audience.is_not(None)
    admitted = published & sa.or_(records.c.audience == _PUBLIC, *_admitted(connection, viewer, terms, today))
    live = admitted & sa.not_(is_over(today))
    given = sa.exists().where(deliveries.c.record_id == records.c.id, deliveries.c.peer == viewer.name)
    return Visibility(
        live=live,
        listed=admitted | given.correlate(records) | owed_to(Audience.PUBLIC),
        admitted=admitted,
        lost=_lost_by_peer(viewer),
        basis=basis_of(viewer, terms, today),
    )


def shown_to(audience: Audience, today: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition that an audience may read a record today as it is."""
    return _decided(audience) & sa.not_(is_over(today))


def owed_to(audience: Audience) -> sa.ColumnElement[bool]:
    """Return the condition that an audience may read a record, or ever could: then it is owed the tombstone."""
    return _decided(audience) | was_seen_by(audience)


def _decided(audience: Audience) -> sa.ColumnElement[bool]:
    published = records.c.seq.is_not(None) & (records.c.state == "live")
    # Nobody is no audience; the condition is to be false then, and not unknown.
    return published & records.c.audience.is_not(None) & (records.c.audience <= int(audience))


def _lost_by_peer(peer: Peer) -> sa.CompoundSelect[Any]:
    """Return what a peer lost of what it was given, and what everybody lost; the later loss where it is both."""
    of_all, given = lost_by(Audience.PUBLIC), tombstones.alias("of_all")
    of = deliveries.c
    mine: sa.Select[Any] = sa.select(of.record_id, of.seq, of.datestamp, of.sets, of.prefixes)
    mine = mine.where(deliveries.c.peer == peer.name, deliveries.c.seq.is_not(None))
    later_of_all = sa.exists().where(
        given.c.record_id == deliveries.c.record_id, given.c.audience == _PUBLIC, given.c.seq > deliveries.c.seq
    )
    later_of_mine = sa.exists().where(
        deliveries.c.peer == peer.name,
        deliveries.c.record_id == tombstones.c.record_id,
        deliveries.c.seq > tombstones.c.seq,
    )
    return sa.union_all(mine.where(sa.not_(later_of_all)), of_all.where(sa.not_(later_of_mine)))


def is_over(today: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition that a record's day of erasure has come: `node.sovereignty.decide.is_over`, spelt in SQL.

    Labels are due no later than on that day (`node.sovereignty.derive.valid_until`), so of most records no label is
    read. A label whose retention cannot be read is over, too.
    """
    retention = records.c.record_label["sov-ret"].as_string()
    return sa.case(
        (records.c.labels_until.is_(None) | (records.c.labels_until > today), False),
        (retention.is_(None), True),
        (retention.like("%:"), False),
        else_=sa.func.substr(retention, sa.func.length(retention) - 9, type_=sa.String) <= today.isoformat(),
    )


def to_be_erased(today: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition that a record's day of erasure has come, and that it has not been erased yet."""
    legible = records.c.record_label["sov-ret"].as_string().is_not(None)
    return sa.and_(records.c.labels_until <= today, legible, is_over(today))


def note_delivery(connection: Connection, peer: Peer, given: Mapping[int, Iterable[str]], now: dt.datetime) -> None:
    """Remember what a peer was given of records that are not public; public ones are everybody's.

    That it lost one stays noted, for the answer may have been made before the loss. What it lost after the answer was
    made, and before this, is put above its standing, to be looked at again (`node.storage.standing`).

    Args:
        given: the sets that it was told, by the number of the record.
    """
    # Held as by whoever brings it up to date: either that sees what is noted here, or what it saw is seen here.
    mine = standings.c.peer == peer.name
    reached = connection.execute(sa.select(standings.c.seq).where(mine).with_for_update()).scalar_one_or_none()
    hidden = records.c.audience.is_(None) | (records.c.audience > _PUBLIC)
    live = sa.case((visibility(connection, peer, now.astimezone(dt.UTC).date()).live, True), else_=False).label("live")
    query = sa.select(records.c.id, records.c.seq, live).where(records.c.id.in_(list(given)), hidden)
    found = connection.execute(query.order_by(records.c.id)).all()
    formats = outlines(connection, [row.id for row in found])
    at = now.astimezone(dt.UTC).replace(tzinfo=None)
    rows = [
        {
            "peer": peer.name,
            "record_id": row.id,
            "first": at,
            "last": at,
            "sets": told(given[row.id]),
            "prefixes": formats[row.id][1],
        }
        for row in found
    ]
    upsert(connection, deliveries, rows, update=("last", "sets", "prefixes"))
    least = min((row.seq for row in found if not row.live), default=None)
    if reached is not None and least is not None and least <= reached:
        connection.execute(standings.update().where(mine).values(seq=least - 1))


def _admitted(connection: Connection, peer: Peer, terms: Terms, today: dt.date) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which a record that is not public is this peer's to read."""
    # The label as the text it is stored as: two labels are one where their texts are.
    spelt = sa.cast(records.c.record_label, sa.Text)
    found = connection.execute(
        sa.select(records.c.source_id, spelt.label("spelt"), sa.func.min(records.c.id).label("one"))
        .where(records.c.state == "live", records.c.audience > _PUBLIC)
        .group_by(records.c.source_id, spelt)
    ).all()
    labels = {
        row.id: row.record_label
        for row in connection.execute(
            sa.select(records.c.id, records.c.record_label).where(records.c.id.in_([row.one for row in found]))
        )
    }
    permitted: dict[int, list[str]] = {}
    for row in found:
        try:
            label = from_json(labels[row.one])
        except LabelError:
            continue
        if decide_for_peer(
            peer,
            "list",
            label,
            today=today,
            named=row.source_id in terms,
            frozen=terms.get(row.source_id, False),
        ):
            permitted.setdefault(row.source_id, []).append(row.spelt)
    return [
        (records.c.source_id == source) & (records.c.audience > _PUBLIC) & spelt.in_(texts)
        for source, texts in sorted(permitted.items())
    ]
