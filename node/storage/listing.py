"""Keyset listings for OAI-PMH: what a viewer may see, in the order of the change log, never by offset.

A listing is bounded by the change log's last number at its first request, so it ends, and a record that changes
meanwhile moves past the bound, into the next incremental harvest (OAI-PMH 2.0, section 3.5.1).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.model.listing import Item, Selection
from node.model.peer import Guest, Viewer
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.peer_terms import basis_of, terms_of
from node.storage.standing import follow
from node.storage.tables import clock, payloads, record_sets, records, sources
from node.storage.tombstones import has_name, names_in
from node.storage.visibility import Visibility, note_delivery, visibility


class Listing:
    """Reads what a viewer may see: every query is filtered by `node.storage.visibility`."""

    def __init__(self, database: Database, now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._now = now
        self._counted = lru_cache(maxsize=1_024)(self._count)

    def clock(self, viewer: Viewer = Audience.PUBLIC) -> tuple[int, dt.datetime]:
        """Return the change log's last number, with what the viewer lost and gained, and the earliest datestamp."""
        if not isinstance(viewer, Audience):
            follow(self._database, viewer, self._now)
        with self._database.read() as connection:
            row = connection.execute(sa.select(clock.c.seq, clock.c.earliest)).one()
        return row.seq, row.earliest

    def basis(self, viewer: Viewer) -> str:
        """Return the digest of what decides for a viewer besides records; empty for an audience."""
        if isinstance(viewer, Audience):
            return ""
        with self._database.read() as connection:
            today = self._now().date()
            return basis_of(viewer, terms_of(connection, viewer, today), today)

    def page(self, selection: Selection, viewer: Viewer, limit: int, *, with_body: bool) -> tuple[Item, ...]:
        """Return up to `limit` items after the selection's position."""
        with self._looking(viewer) as (connection, seen):
            place = {"last": selection.last_seq, "after": selection.after_seq, "most": limit}
            queries = _pages(seen, _anywhere(selection), with_body)
            live, lost = ([_item(row) for row in connection.execute(query, place)] for query in queries)
        # A record is in one part only, and no two items of a viewer's list have one number.
        return tuple(sorted(live + lost, key=_SEQ)[:limit] if lost else live)

    def size(self, selection: Selection, viewer: Viewer) -> int:
        """Count the whole selection, once for an audience as long as nothing changes: each change has a number."""
        if isinstance(viewer, Audience):
            return self._counted(dataclasses.replace(selection, after_seq=0), viewer, self._now().date())
        return self._count(selection, viewer)

    def _count(self, selection: Selection, viewer: Viewer, *_today: dt.date) -> int:
        with self._looking(viewer) as (connection, seen):
            counts = _counts(seen, _anywhere(selection))
            return sum(connection.execute(count, {"last": selection.last_seq}).scalar_one() for count in counts)

    def get(self, local_id: str, prefix: str | None, viewer: Viewer) -> Item | None:
        """Return one record in one format (`None`: any), or nothing where it is unknown, hidden or lacks the format."""
        with self._looking(viewer) as (connection, seen):
            for part in _parts(seen):
                query = part.items(with_body=True).where(records.c.local_id == local_id, part.listed)
                if prefix is not None:
                    query = query.where(part.has_format(prefix))
                row = connection.execute(query.limit(1)).first()
                if row is not None:
                    return _item(row)
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

    def note_delivery(self, items: Sequence[Item], guest: Guest) -> None:
        """Remember which records a guest was given that not all of its kind may have: it is owed their tombstones."""
        given = {item.record: item.sets for item in items if not item.deleted}
        with self._database.write() as connection:
            note_delivery(connection, guest, given, self._now())

    @contextmanager
    def _looking(self, viewer: Viewer) -> Iterator[tuple[Connection, Visibility]]:
        if not isinstance(viewer, Audience):
            follow(self._database, viewer, self._now)
        with self._database.read() as connection:
            yield connection, visibility(connection, viewer, self._now().date())


_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_COLUMNS = (
    records.c.id,
    records.c.local_id,
    records.c.identifier,
    records.c.source_datestamp,
    # What came in no XML has no namespace: its media type stands there, by its address.
    sa.case(
        (records.c.metadata_namespace != "", records.c.metadata_namespace),
        else_=_MEDIA_TYPES + records.c.media_type,
    ),
    records.c.harvested,
    records.c.origin_description,
    sources.c.url,
)


_SETS = (
    sa.select(sa.func.aggregate_strings(record_sets.c.set_spec, ","))
    .where(record_sets.c.record_id == records.c.id)
    .correlate(records)
    .scalar_subquery()
)


# Labels as texts: a page's records share few, and each is read once.
_WITH_PAYLOAD: tuple[sa.ColumnElement[Any], ...] = (
    payloads.c.body,
    sa.cast(records.c.record_label, sa.Text),
    sa.cast(records.c.data_label, sa.Text),
    payloads.c.content,
    payloads.c.signature,
    payloads.c.signed_as,
)
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
        counted: those that it takes to count.
        seq, datestamp: of the item: of the record, or of its loss.
        listed: the condition that a record is in this part.
        live: the condition that it is no tombstone.
        sets: the item's sets, with commas between.
        has_format: returns the condition that it has a format.
        in_set: returns the condition that it is in a set or below it.
        few: they are tombstones only, and few enough to look at each of them.
    """

    joined: sa.Join
    counted: sa.Join
    seq: sa.ColumnElement[int]
    datestamp: sa.ColumnElement[dt.datetime]
    listed: sa.ColumnElement[bool]
    live: sa.ColumnElement[bool]
    sets: sa.ColumnElement[str]
    has_format: Callable[[str], sa.ColumnElement[bool]]
    in_set: Callable[[str], sa.ColumnElement[bool]]
    few: bool = False

    def items(self, *, with_body: bool) -> sa.Select[Any]:
        """Return the query for items, with the columns of `Item` in their order."""
        live = sa.case((self.live, True), else_=False).label("live")
        place = (self.sets.label("sets"), self.seq.label("seq"), self.datestamp.label("datestamp"), live)
        # A list of headers has no use for what goes with a payload.
        more = _WITH_PAYLOAD if with_body and not self.few else ()
        return sa.select(*_COLUMNS, *place, *more).select_from(self.joined)

    def conditions(self, selection: Selection) -> tuple[sa.ColumnElement[bool], ...]:
        """Return the conditions for a whole list, up to its number `last`."""
        conditions = [self.listed, self.has_format(selection.prefix), self.seq <= sa.bindparam("last")]
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
            counted=records.join(payloads, payloads.c.record_id == records.c.id),
            seq=records.c.seq,
            datestamp=records.c.datestamp,
            listed=seen.admitted,
            live=seen.live,
            sets=_SETS,
            has_format=lambda prefix: payloads.c.prefix == prefix,
            in_set=_is_member,
        ),
        _Part(
            joined=_RECORDS.join(lost, lost.c.record_id == records.c.id),
            counted=records.join(lost, lost.c.record_id == records.c.id),
            seq=lost.c.seq,
            datestamp=lost.c.datestamp,
            listed=sa.not_(seen.admitted),
            live=sa.false(),
            sets=lost.c.sets,
            has_format=lambda prefix: has_name(lost.c.prefixes, prefix),
            in_set=lambda spec: has_name(lost.c.sets, spec, below=True),
            few=True,
        ),
    )


@lru_cache(maxsize=256)
def _pages(seen: Visibility, selection: Selection, with_body: bool) -> tuple[sa.Select[Any], ...]:
    """Return the queries for up to `most` items behind the number `after`, of those up to `last`."""
    return tuple(
        part.items(with_body=with_body)
        .where(*part.conditions(selection), part.seq > sa.bindparam("after"))
        .order_by(part.seq)
        .limit(sa.bindparam("most", type_=sa.Integer))
        for part in _parts(seen)
    )


@lru_cache(maxsize=256)
def _counts(seen: Visibility, selection: Selection) -> tuple[sa.Select[Any], ...]:
    return tuple(
        sa.select(sa.func.count()).select_from(part.counted).where(*part.conditions(selection)) for part in _parts(seen)
    )


def _anywhere(selection: Selection) -> Selection:
    """Return what lists that differ in where they stand have in common."""
    return dataclasses.replace(selection, last_seq=0, after_seq=0)


def _is_member(wanted: str) -> sa.ColumnElement[bool]:
    spec, head = record_sets.c.set_spec, f"{wanted}:"
    # Letters have a case in setSpecs, and LIKE does not mind it in every database.
    below = sa.func.substr(spec, 1, len(head)) == head
    return sa.exists().where(record_sets.c.record_id == records.c.id, (spec == wanted) | below)


_SEQ = attrgetter("seq")
_PLACES = len(_COLUMNS) + 4
"""How many columns say what a tombstone says; the last of them is whether it is none."""


def _item(row: Any) -> Item:
    """Return the item of a row; what is over goes out without its payload."""
    return Item(*(row if row[_PLACES - 1] else row[:_PLACES]))
