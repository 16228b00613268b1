"""Keyset listings for OAI-PMH: what a viewer may see, in the order of the change log, never by offset.

A listing is bounded by the change log's last number at its first request, so it ends, and a record that changes
meanwhile moves past the bound, into the next incremental harvest (OAI-PMH 2.0, section 3.5.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience, Labels
from node.model.listing import Item, Selection
from node.model.peer import Peer, Viewer
from node.sovereignty.tags import from_text
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.standing import follow
from node.storage.tables import clock, payloads, record_sets, records, sources
from node.storage.tombstones import has_name, names_in
from node.storage.visibility import Visibility, note_delivery, visibility


class Listing:
    """Reads what a viewer may see: every query is filtered by `node.storage.visibility`."""

    def __init__(self, database: Database, now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._now = now

    def clock(self, viewer: Viewer = Audience.PUBLIC) -> tuple[int, dt.datetime]:
        """Return the change log's last number, with what the viewer lost and gained, and the earliest datestamp."""
        if isinstance(viewer, Peer):
            follow(self._database, viewer, self._now)
        with self._database.read() as connection:
            row = connection.execute(sa.select(clock.c.seq, clock.c.earliest)).one()
        return row.seq, row.earliest

    def page(self, selection: Selection, viewer: Viewer, limit: int, *, with_body: bool) -> tuple[Item, ...]:
        """Return up to `limit` items after the selection's position."""
        with self._looking(viewer) as (connection, seen):
            rows: list[Any] = []
            for part in _parts(seen):
                query = part.items(with_body=with_body).where(*part.conditions(selection))
                query = query.where(part.seq > selection.after_seq).order_by(part.seq).limit(limit)
                rows += connection.execute(query).all()
            # A record is in one part only, and no two items of a viewer's list have one number.
            return _items(sorted(rows, key=lambda row: row.seq)[:limit])

    def size(self, selection: Selection, viewer: Viewer) -> int:
        """Count the whole selection."""
        with self._looking(viewer) as (connection, seen):
            counts = [
                sa.select(sa.func.count()).select_from(part.joined).where(*part.conditions(selection))
                for part in _parts(seen)
            ]
            return sum(connection.execute(count).scalar_one() for count in counts)

    def get(self, local_id: str, prefix: str | None, viewer: Viewer) -> Item | None:
        """Return one record in one format (`None`: any), or nothing where it is unknown, hidden or lacks the format."""
        with self._looking(viewer) as (connection, seen):
            for part in _parts(seen):
                query = part.items(with_body=True).where(records.c.local_id == local_id, part.listed)
                if prefix is not None:
                    query = query.where(part.has_format(prefix))
                items = _items(connection.execute(query.limit(1)).all())
                if items:
                    return items[0]
        return None

    def prefixes(self, local_id: str, viewer: Viewer) -> tuple[str, ...]:
        """Return the formats a record has; empty where it is unknown or hidden."""
        with self._looking(viewer) as (connection, seen):
            mine = records.c.local_id == local_id
            query = sa.select(payloads.c.prefix).select_from(_JOINED).where(mine, seen.admitted)
            found = set(connection.execute(query).scalars())
            for text in connection.execute(_of_lost(seen, "prefixes").where(mine)).scalars():
                found.update(names_in(text))
            return tuple(sorted(found))

    def knows(self, local_id: str, viewer: Viewer) -> bool:
        """Whether a record is listed in any format, or would be if it had one."""
        with self._looking(viewer) as (connection, seen):
            query = sa.select(records.c.id).where(records.c.local_id == local_id, seen.listed)
            return connection.execute(query).first() is not None

    def sets(self, viewer: Viewer) -> tuple[str, ...]:
        """Return every set that has a visible record or tombstone."""
        with self._looking(viewer) as (connection, seen):
            query = sa.select(record_sets.c.set_spec).join(records, records.c.id == record_sets.c.record_id)
            found = set(connection.execute(query.where(seen.admitted).distinct()).scalars())
            for text in connection.execute(_of_lost(seen, "sets").distinct()).scalars():
                found.update(names_in(text))
            return tuple(sorted(found))

    def note_delivery(self, items: Sequence[Item], peer: Peer) -> None:
        """Remember which records that are not public a peer was given: it is owed a tombstone when it loses one."""
        given = {item.record: item.sets for item in items if not item.deleted}
        with self._database.write() as connection:
            note_delivery(connection, peer, given, self._now())

    @contextmanager
    def _looking(self, viewer: Viewer) -> Iterator[tuple[Connection, Visibility]]:
        if isinstance(viewer, Peer):
            follow(self._database, viewer, self._now)
        with self._database.read() as connection:
            yield connection, visibility(connection, viewer, self._now().date())


_COLUMNS = (
    records.c.id,
    records.c.local_id,
    records.c.identifier,
    records.c.source_datestamp,
    records.c.metadata_namespace,
    records.c.harvested,
    records.c.origin_description,
    sources.c.url,
)


# As texts: a page's records share few labels, and each is read once.
_LABELS = (
    sa.cast(records.c.record_label, sa.Text).label("record_label"),
    sa.cast(records.c.data_label, sa.Text).label("data_label"),
)
# A setSpec has no comma (OAI-PMH 2.0, section 2.6).
_SETS = (
    sa.select(sa.func.aggregate_strings(record_sets.c.set_spec, ","))
    .where(record_sets.c.record_id == records.c.id)
    .correlate(records)
    .scalar_subquery()
)


_NOTHING = sa.literal("").label("body")
_RECORDS = records.join(sources, sources.c.id == records.c.source_id)
_JOINED = _RECORDS.join(payloads, payloads.c.record_id == records.c.id)


def _of_lost(seen: Visibility, column: str) -> sa.Select[Any]:
    """Return the sets or formats until then of what a viewer has lost."""
    lost = seen.lost.subquery("lost")
    return sa.select(lost.c[column]).join(records, records.c.id == lost.c.record_id).where(sa.not_(seen.admitted))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of what a viewer is listed, with the columns that say where in the list an item is, and in which sets.

    Attributes:
        joined: the tables.
        seq, datestamp: of the item: of the record, or of its loss.
        listed: the condition that a record is in this part.
        live: the condition that it is no tombstone.
        sets, body: the item's sets, with commas between, and its payload.
        has_format: returns the condition that it has a format.
        in_set: returns the condition that it is in a set or below it.
        few: they are few enough to look at each of them.
    """

    joined: sa.Join
    seq: sa.ColumnElement[int]
    datestamp: sa.ColumnElement[dt.datetime]
    listed: sa.ColumnElement[bool]
    live: sa.ColumnElement[bool]
    sets: sa.ColumnElement[str]
    body: sa.ColumnElement[str]
    has_format: Callable[[str], sa.ColumnElement[bool]]
    in_set: Callable[[str], sa.ColumnElement[bool]]
    few: bool = False

    def items(self, *, with_body: bool) -> sa.Select[Any]:
        live = sa.case((self.live, True), else_=False).label("live")
        place = (self.sets.label("sets"), self.seq.label("seq"), self.datestamp.label("datestamp"), live)
        # A list of headers has no use for what goes with a payload.
        more = (self.body, *_LABELS) if with_body else (_NOTHING,)
        return sa.select(*_COLUMNS, *place, *more).select_from(self.joined)

    def conditions(self, selection: Selection) -> tuple[sa.ColumnElement[bool], ...]:
        conditions = [self.listed, self.has_format(selection.prefix), self.seq <= selection.last_seq]
        if selection.from_ is not None:
            conditions.append(self.datestamp >= selection.from_)
            if not self.few:
                # Datestamps never fall along the change log: the first number of the window bounds the scan.
                first = sa.select(sa.func.min(records.c.seq)).where(records.c.datestamp >= selection.from_)
                conditions.append(self.seq >= sa.func.coalesce(first.scalar_subquery(), 0))
        if selection.until is not None:
            conditions.append(self.datestamp <= selection.until)
        if selection.set_spec is not None:
            conditions.append(self.in_set(selection.set_spec))
        return tuple(conditions)


def _parts(seen: Visibility) -> tuple[_Part, _Part]:
    """Return the records that the viewer is admitted to, and the tombstones of those that it lost."""
    lost = seen.lost.subquery("lost")
    return (
        _Part(
            joined=_JOINED,
            seq=records.c.seq,
            datestamp=records.c.datestamp,
            listed=seen.admitted,
            live=seen.live,
            sets=_SETS,
            body=payloads.c.body,
            has_format=lambda prefix: payloads.c.prefix == prefix,
            in_set=_is_member,
        ),
        _Part(
            joined=_RECORDS.join(lost, lost.c.record_id == records.c.id),
            seq=lost.c.seq,
            datestamp=lost.c.datestamp,
            listed=sa.not_(seen.admitted),
            live=sa.false(),
            sets=lost.c.sets,
            body=_NOTHING,
            has_format=lambda prefix: has_name(lost.c.prefixes, prefix),
            in_set=lambda spec: has_name(lost.c.sets, spec, below=True),
            few=True,
        ),
    )


def _is_member(wanted: str) -> sa.ColumnElement[bool]:
    spec = record_sets.c.set_spec
    below = spec.startswith(f"{wanted}:", autoescape=True)
    return sa.exists().where(record_sets.c.record_id == records.c.id, (spec == wanted) | below)


def _items(rows: Sequence[Any]) -> tuple[Item, ...]:
    return tuple(_item(*row) for row in rows)


def _item(
    record: int,
    local_id: str,
    identifier: str,
    source_datestamp: str,
    namespace: str,
    harvested: str,
    origin_description: str | None,
    url: str,
    sets: str | None,
    seq: int,
    datestamp: dt.datetime,
    is_live: bool,
    body: str,
    record_label: str | None = None,
    data_label: str | None = None,
) -> Item:
    """Return the item of a row, in the order of `_Part.items`; of a list of headers, without labels."""
    return Item(
        record=record,
        seq=seq,
        local_id=local_id,
        datestamp=datestamp,
        deleted=not is_live,
        sets=_specs(sets),
        body=body if is_live else "",
        origin_url=url,
        origin_identifier=identifier,
        origin_datestamp=source_datestamp,
        origin_namespace=namespace,
        harvested=harvested,
        origin_description=origin_description,
        labels=_labels(record_label, data_label) if is_live and record_label is not None else None,
    )


@lru_cache(maxsize=4_096)
def _specs(listed: str | None) -> tuple[str, ...]:
    return tuple(sorted(names_in(listed or "")))


@lru_cache(maxsize=4_096)
def _labels(record: str | None, data: str | None) -> Labels | None:
    both = from_text(record), from_text(data)
    return None if both[0] is None or both[1] is None else Labels(record=both[0], data=both[1])
