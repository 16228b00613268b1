"""Keyset listings for OAI-PMH: what an audience may see, in the order of the change log, never by offset.

A listing is bounded by the change log's last number at its first request, so it ends, and a record that changes
meanwhile moves past the bound, into the next incremental harvest (OAI-PMH 2.0, section 3.5.1).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.model.listing import Item, Selection
from node.storage.database import Database
from node.storage.tables import clock, payloads, record_sets, records, sources


class Listing:
    """Reads what an audience may see. Every query is filtered by the audience the decision was made for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def clock(self) -> tuple[int, dt.datetime]:
        """Return the change log's last number and the earliest datestamp there can be."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(clock.c.seq, clock.c.earliest)).one()
        return row.seq, row.earliest

    def page(self, selection: Selection, audience: Audience, limit: int, *, with_body: bool) -> tuple[Item, ...]:
        """Return up to `limit` items after the selection's position."""
        columns = [*_COLUMNS, payloads.c.body if with_body else sa.literal("").label("body")]
        query = sa.select(*columns).select_from(_joined()).where(*_conditions(selection, audience))
        query = query.where(records.c.seq > selection.after_seq).order_by(records.c.seq).limit(limit)
        with self._database.read() as connection:
            return _items(connection, connection.execute(query).all(), audience)

    def size(self, selection: Selection, audience: Audience) -> int:
        """Count the whole selection."""
        query = sa.select(sa.func.count()).select_from(_joined()).where(*_conditions(selection, audience))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def get(self, local_id: str, prefix: str | None, audience: Audience) -> Item | None:
        """Return one record in one format (`None`: any), or nothing where it is unknown, hidden or lacks the format."""
        query = sa.select(*_COLUMNS, payloads.c.body).select_from(_joined())
        query = query.where(records.c.local_id == local_id, *_visible(audience))
        if prefix is not None:
            query = query.where(payloads.c.prefix == prefix)
        with self._database.read() as connection:
            items = _items(connection, connection.execute(query.limit(1)).all(), audience)
        return items[0] if items else None

    def prefixes(self, local_id: str, audience: Audience) -> tuple[str, ...]:
        """Return the formats a record has; empty where it is unknown or hidden."""
        query = sa.select(payloads.c.prefix).select_from(_joined())
        query = query.where(records.c.local_id == local_id, *_visible(audience)).order_by(payloads.c.prefix)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def sets(self, audience: Audience) -> tuple[str, ...]:
        """Return every set that has a visible record or tombstone."""
        query = (
            sa.select(record_sets.c.set_spec)
            .join(records, records.c.id == record_sets.c.record_id)
            .where(*_visible(audience))
            .distinct()
            .order_by(record_sets.c.set_spec)
        )
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())


_COLUMNS = (
    records.c.id,
    records.c.seq,
    records.c.local_id,
    records.c.datestamp,
    records.c.state,
    records.c.audience,
    records.c.identifier,
    records.c.source_datestamp,
    records.c.metadata_namespace,
    records.c.harvested,
    records.c.origin_description,
    sources.c.url,
)


def _joined() -> sa.Join:
    return records.join(sources, sources.c.id == records.c.source_id).join(
        payloads, payloads.c.record_id == records.c.id
    )


def _visible(audience: Audience) -> tuple[sa.ColumnElement[bool], ...]:
    return (records.c.seq.is_not(None), records.c.widest_audience <= int(audience))


def _conditions(selection: Selection, audience: Audience) -> tuple[sa.ColumnElement[bool], ...]:
    conditions = [
        *_visible(audience),
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


def _items(connection: Connection, rows: Any, audience: Audience) -> tuple[Item, ...]:
    ids = [row.id for row in rows]
    sets: dict[int, list[str]] = {}
    for record, spec in connection.execute(
        sa.select(record_sets.c.record_id, record_sets.c.set_spec)
        .where(record_sets.c.record_id.in_(ids))
        .order_by(record_sets.c.set_spec)
    ):
        sets.setdefault(record, []).append(spec)
    return tuple(_item(row, tuple(sets.get(row.id, ())), audience) for row in rows)


def _item(row: Any, sets: tuple[str, ...], audience: Audience) -> Item:
    live = row.state == "live" and row.audience is not None and row.audience <= int(audience)
    return Item(
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
    )
