"""Which records a viewer sees, as conditions on the records: made from the decision, and by nothing else.

For an audience the decision was made when the record was kept, and stands in its row; that its time has not run out
since is looked at here. So it is for a reader in the sources whose agreement lets them in. For a peer, and for what a
reader may see of the confidential, the decision is made here and now, once for each label that the records of a source
have: there are few.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.model.peer import Guest, Peer, Viewer, floor_of
from node.sovereignty.assurance import reaches
from node.sovereignty.decide import admits
from node.storage.peer_tables import deliveries, standings, tombstones
from node.storage.peer_terms import Terms, basis_of, terms_of
from node.storage.tables import records
from node.storage.tombstones import lost_by, outlines, told, was_seen_by
from node.storage.upsert import upsert

_PUBLIC = int(Audience.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visibility:
    """Conditions on `records`. Two are the same where they are one object.

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
    if isinstance(viewer, Audience):
        return _of_audience(viewer, today)
    terms, floor = terms_of(connection, viewer, today), floor_of(viewer)
    published = records.c.seq.is_not(None) & (records.c.state == "live") & records.c.audience.is_not(None)
    admitted = published & sa.or_(records.c.audience <= int(floor), *_admitted(connection, viewer, terms, today))
    live = admitted & sa.not_(is_over(today))
    given = sa.exists().where(deliveries.c.record_id == records.c.id, deliveries.c.peer == viewer.name)
    return Visibility(
        live=live,
        listed=admitted | given.correlate(records) | owed_to(floor),
        admitted=admitted,
        lost=_lost_by_guest(viewer),
        basis=basis_of(viewer, terms, today),
    )


@lru_cache(maxsize=32)
def _of_audience(audience: Audience, today: dt.date) -> Visibility:
    # Made of nothing but what stands here: to spell conditions takes longer than to ask for a hundred records.
    return Visibility(
        live=shown_to(audience, today), listed=owed_to(audience), admitted=_decided(audience), lost=lost_by(audience)
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


def _lost_by_guest(guest: Guest) -> sa.CompoundSelect[Any]:
    """Return what a guest lost of what it was given, and what its kind lost; the later loss where it is both."""
    floor = floor_of(guest)
    of_all, given = lost_by(floor), tombstones.alias("of_all")
    of = deliveries.c
    mine: sa.Select[Any] = sa.select(of.record_id, of.seq, of.datestamp, of.sets, of.prefixes)
    mine = mine.where(deliveries.c.peer == guest.name, deliveries.c.seq.is_not(None))
    later_of_all = sa.exists().where(
        given.c.record_id == deliveries.c.record_id, given.c.audience <= int(floor), given.c.seq > deliveries.c.seq
    )
    later_of_mine = sa.exists().where(
        deliveries.c.peer == guest.name,
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


def note_delivery(connection: Connection, guest: Guest, given: Mapping[int, Iterable[str]], now: dt.datetime) -> None:
    """Remember what a guest was given of records that not all of its kind may have; those are everybody's.

    That it lost one stays noted, for the answer may have been made before the loss. What it lost after the answer was
    made, and before this, is put above its standing, to be looked at again (`node.storage.standing`).

    Args:
        given: the sets that it was told, by the number of the record.
    """
    # Held as by whoever brings it up to date: either that sees what is noted here, or what it saw is seen here.
    mine = sa.select(standings).where(standings.c.peer == guest.name).order_by(standings.c.basis).with_for_update()
    held = connection.execute(mine).all()
    hidden = records.c.audience.is_(None) | (records.c.audience > int(floor_of(guest)))
    seen = visibility(connection, guest, now.astimezone(dt.UTC).date())
    live = sa.case((seen.live, True), else_=False).label("live")
    query = sa.select(records.c.id, records.c.seq, live).where(records.c.id.in_(list(given)), hidden)
    found = connection.execute(query.order_by(records.c.id)).all()
    if not found:
        return
    before = sa.select(deliveries.c.record_id).where(deliveries.c.peer == guest.name, deliveries.c.present)
    had = set(connection.execute(before.where(deliveries.c.record_id.in_([row.id for row in found]))).scalars())
    formats = outlines(connection, [row.id for row in found])
    at = now.astimezone(dt.UTC).replace(tzinfo=None)
    for is_live in (True, False):
        rows = [
            {
                "peer": guest.name,
                "record_id": row.id,
                "first": at,
                "last": at,
                "sets": told(given[row.id]),
                "prefixes": formats[row.id][1],
                "present": True,
            }
            for row in found
            if row.live == is_live
        ]
        upsert(connection, deliveries, rows, update=("last", "sets", "prefixes", *(("present",) if is_live else ())))
    if not isinstance(guest, Peer):
        # From now on there is something it may lose. All of it is looked at first; where it has such a standing, or
        # another request of the same reader was faster, that row stays as it is.
        first = {"peer": guest.name, "basis": seen.basis, "seq": 0, "asked": at}
        upsert(connection, standings, [first], update=("peer",))
    for row in held:
        # What was lost meanwhile; of another basis of a reader also what they have now, and had not.
        again = [each.seq for each in found if not each.live or (row.basis != seen.basis and each.id not in had)]
        if again and min(again) <= row.seq:
            this = (standings.c.peer == guest.name) & (standings.c.basis == row.basis)
            connection.execute(standings.update().where(this).values(seq=min(again) - 1))


def _admitted(connection: Connection, guest: Guest, terms: Terms, today: dt.date) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which a record that not all of its kind may have is this guest's to read."""
    if isinstance(guest, Peer):
        return _by_label(connection, guest, terms, today, beyond=_PUBLIC)
    open_to_them = {source: admission for source, admission in terms.items() if admission.frozen is False}
    entitled = records.c.source_id.in_(sorted(open_to_them)) & (records.c.audience <= int(Audience.RESTRICTED))
    asking = {source: each for source, each in open_to_them.items() if reaches(guest.assurance, each.assurance)}
    if not guest.country:
        asking.clear()
    return [entitled, *_by_label(connection, guest, asking, today, beyond=int(Audience.RESTRICTED))]


def _by_label(
    connection: Connection, guest: Guest, terms: Terms, today: dt.date, *, beyond: int
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for records of some sources, by the decision on each label.

    Args:
        beyond: only records that are hidden from this audience.
    """
    if not terms:
        return []
    # The label as the text it is stored as: two labels are one where their texts are.
    spelt = sa.cast(records.c.record_label, sa.Text)
    found = connection.execute(
        sa.select(records.c.source_id, spelt.label("spelt"), sa.func.min(records.c.id).label("one"))
        .where(records.c.state == "live", records.c.audience > beyond, records.c.source_id.in_(sorted(terms)))
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
        if admits(guest, "list", labels[row.one], today, terms[row.source_id]):
            permitted.setdefault(row.source_id, []).append(row.spelt)
    return [
        (records.c.source_id == source) & (records.c.audience > beyond) & spelt.in_(texts)
        for source, texts in sorted(permitted.items())
    ]
