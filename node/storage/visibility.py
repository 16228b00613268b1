"""Which records a viewer sees, as conditions on the records: made from the decision, and by nothing else.

For an audience the decision was made when the record was kept, and stands in its row. For a peer it is made here and
now, once for each label that the records of a source have: there are few.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError
from node.model.label import Audience
from node.model.peer import Peer, Viewer
from node.sovereignty.decide import decide_for_peer
from node.sovereignty.tags import from_json
from node.storage.agreements import agreement_from_json
from node.storage.peer_tables import deliveries
from node.storage.tables import records, sources
from node.storage.upsert import upsert

_PUBLIC = int(Audience.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Conditions on `records`.

    Attributes:
        live: the viewer may read it as it is.
        listed: it is live for the viewer, or the viewer is owed its tombstone.
    """

    live: sa.ColumnElement[bool]
    listed: sa.ColumnElement[bool]


def visibility(connection: Connection, viewer: Viewer, today: dt.date) -> Visibility:
    """Return what a viewer sees today."""
    published = records.c.seq.is_not(None)
    if not isinstance(viewer, Peer):
        level = int(viewer)
        return Visibility(
            live=published & (records.c.state == "live") & (records.c.audience <= level),
            listed=published & (records.c.widest_audience <= level),
        )
    live = (
        published
        & (records.c.state == "live")
        & sa.or_(records.c.audience == _PUBLIC, *_admitted(connection, viewer, today))
    )
    given = sa.exists().where(deliveries.c.record_id == records.c.id, deliveries.c.peer == viewer.name)
    return Visibility(live=live, listed=live | (published & (given | (records.c.widest_audience <= _PUBLIC))))


def note_delivery(connection: Connection, peer: Peer, ids: Sequence[int], now: dt.datetime) -> None:
    """Remember what a peer was given of records that are not public; public ones are everybody's."""
    hidden = connection.execute(
        sa.select(records.c.id).where(records.c.id.in_(ids), records.c.audience > _PUBLIC)
    ).scalars()
    at = now.astimezone(dt.UTC).replace(tzinfo=None)
    rows = [{"peer": peer.name, "record_id": record, "first": at, "last": at} for record in sorted(hidden)]
    upsert(connection, deliveries, rows, update=("last",))


def _admitted(connection: Connection, peer: Peer, today: dt.date) -> list[sa.ColumnElement[bool]]:
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
    agreements = {
        row.id: agreement_from_json(row.agreement)
        for row in connection.execute(
            sa.select(sources.c.id, sources.c.agreement).where(sources.c.id.in_({row.source_id for row in found}))
        )
    }
    permitted: dict[int, list[str]] = {}
    for row in found:
        agreement = agreements[row.source_id]
        try:
            label = from_json(labels[row.one])
        except LabelError:
            continue
        if decide_for_peer(
            peer,
            "list",
            label,
            today=today,
            named=peer.name in agreement.peers,
            frozen=agreement.review is not None and agreement.review < today,
        ):
            permitted.setdefault(row.source_id, []).append(row.spelt)
    return [
        (records.c.source_id == source) & (records.c.audience > _PUBLIC) & spelt.in_(texts)
        for source, texts in sorted(permitted.items())
    ]
