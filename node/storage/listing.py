"""Keyset listings for OAI-PMH: what a viewer may see, in the order of the change log, never by offset.

A listing is bounded by the change log's last number at its first request, so it ends, and a record that changes
meanwhile moves past the bound, into the next incremental harvest (OAI-PMH 2.0, section 3.5.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError
from node.model.label import Label, Labels
from node.model.listing import Item, Selection
from node.model.peer import Peer, Viewer
from node.sovereignty.tags import from_json
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.tables import clock, payloads, record_sets, records, sources
from node.storage.visibility import Visibility, note_delivery, visibility


class Listing:
    """Reads what a viewer may see: every query is filtered by `node.storage.visibility`."""

    def __init__(self, database: Database, now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._now = now

    def clock(self) -> tuple[int, dt.datetime]:
        """Return the change log's last number and the earliest datestamp there can be."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(clock.c.seq, clock.c.earliest)).one()
        return row.seq, row.earliest

    def page(self, selection: Selection, viewer: Viewer, limit: int, *, with_body: bool) -> tuple[Item, ...]:
        """Return up to `limit` items after the selection's position."""
        with self._looking(viewer) as (connection, seen):
            # A list of headers has no use for what goes with a payload.
            with_it = (payloads.c.body, *_LABELS) if with_body else (sa.literal("").label("body"),)
            query = _items_query(seen, *with_it).where(*_conditions(selection, seen))
            query = query.where(records.c.seq > selection.after_seq).order_by(records.c.seq).limit(limit)
            return _items(connection, connection.execute(query).all())

    def size(self, selection: Selection, viewer: Viewer) -> int:
        """Count the whole selection."""
        with self._looking(viewer) as (connection, seen):
            query = sa.select(sa.func.count()).select_from(_joined()).where(*_conditions(selection, seen))
            return connection.execute(query).scalar_one()

    def get(self, local_id: str, prefix: str | None, viewer: Viewer) -> Item | None:
        """Return one record in one format (`None`: any), or nothing where it is unknown, hidden or lacks the format."""
        with self._looking(viewer) as (connection, seen):
            query = _items_query(seen, payloads.c.body, *_LABELS).where(records.c.local_id == local_id, seen.listed)
            if prefix is not None:
                query = query.where(payloads.c.prefix == prefix)
            items = _items(connection, connection.execute(query.limit(1)).all())
        return items[0] if items else None

    def prefixes(self, local_id: str, viewer: Viewer) -> tuple[str, ...]:
        """Return the formats a record has; empty where it is unknown or hidden."""
        with self._looking(viewer) as (connection, seen):
            query = sa.select(payloads.c.prefix).select_from(_joined())
            query = query.where(records.c.local_id == local_id, seen.listed).order_by(payloads.c.prefix)
            return tuple(connection.execute(query).scalars())

    def sets(self, viewer: Viewer) -> tuple[str, ...]:
        """Return every set that has a visible record or tombstone."""
        with self._looking(viewer) as (connection, seen):
            query = (
                sa.select(record_sets.c.set_spec)
                .join(records, records.c.id == record_sets.c.record_id)
                .where(seen.listed)
                .distinct()
                .order_by(record_sets.c.set_spec)
            )
            return tuple(connection.execute(query).scalars())

    def note_delivery(self, items: Sequence[Item], peer: Peer) -> None:
        """Remember which records that are not public a peer was given: it is owed a tombstone when it loses one."""
        given = [item.record for item in items if not item.deleted]
        with self._database.write() as connection:
            note_delivery(connection, peer, given, self._now())

    @contextmanager
    def _looking(self, viewer: Viewer) -> Iterator[tuple[Connection, Visibility]]:
        with self._database.read() as connection:
            yield connection, visibility(connection, viewer, self._now().date())


_COLUMNS = (
    records.c.id,
    records.c.seq,
    records.c.local_id,
    records.c.datestamp,
    records.c.state,
    records.c.identifier,
    records.c.source_datestamp,
    records.c.metadata_namespace,
    records.c.harvested,
    records.c.origin_description,
    sources.c.url,
)


_LABELS = (records.c.record_label, records.c.data_label, records.c.rdf_digest)


def _joined() -> sa.Join:
    return records.join(sources, sources.c.id == records.c.source_id).join(
        payloads, payloads.c.record_id == records.c.id
    )


def _items_query(seen: Visibility, *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    live = sa.case((seen.live, True), else_=False).label("live")
    return sa.select(*_COLUMNS, live, *more).select_from(_joined())


def _conditions(selection: Selection, seen: Visibility) -> tuple[sa.ColumnElement[bool], ...]:
    conditions = [
        seen.listed,
        payloads.c.prefix == selection.prefix,
        records.c.seq <= selection.last_seq,
    ]
    if selection.from_ is not None:
        conditions.append(records.c.datestamp >= selection.from_)
        # Datestamps never fall along the change log: the first number of the window bounds the scan.
        first = sa.select(sa.func.min(records.c.seq)).where(records.c.datestamp >= selection.from_)
        conditions.append(records.c.seq >= sa.func.coalesce(first.scalar_subquery(), 0))
    if selection.until is not None:
        conditions.append(records.c.datestamp <= selection.until)
    if selection.set_spec is not None:
        spec = record_sets.c.set_spec
        member = sa.exists().where(
            record_sets.c.record_id == records.c.id,
            (spec == selection.set_spec) | spec.startswith(f"{selection.set_spec}:", autoescape=True),
        )
        conditions.append(member)
    return tuple(conditions)


def _items(connection: Connection, rows: Any) -> tuple[Item, ...]:
    ids = [row.id for row in rows]
    sets: dict[int, list[str]] = {}
    for record, spec in connection.execute(
        sa.select(record_sets.c.record_id, record_sets.c.set_spec)
        .where(record_sets.c.record_id.in_(ids))
        .order_by(record_sets.c.set_spec)
    ):
        sets.setdefault(record, []).append(spec)
    return tuple(_item(row, tuple(sets.get(row.id, ()))) for row in rows)


def _item(row: Any, sets: tuple[str, ...]) -> Item:
    live = bool(row.live)
    labelled = live and "rdf_digest" in row._fields
    return Item(
        record=row.id,
        seq=row.seq,
        local_id=row.local_id,
        datestamp=row.datestamp,
        deleted=not live,
        sets=sets,
        body=row.body if live else "",
        origin_url=row.url,
        origin_identifier=row.identifier,
        origin_datestamp=row.source_datestamp,
        origin_namespace=row.metadata_namespace,
        harvested=row.harvested,
        origin_description=row.origin_description,
        labels=_labels(row.record_label, row.data_label) if labelled else None,
        rdf_digest=row.rdf_digest or "" if labelled else "",
    )


def _labels(record: Any, data: Any) -> Labels | None:
    try:
        return Labels(record=_label(*record.items()), data=_label(*data.items()))
    except (AttributeError, LabelError):
        return None


@lru_cache(maxsize=4_096)
def _label(*tags: tuple[str, str]) -> Label:
    # The records of a page share few labels.
    return from_json(dict(tags))
