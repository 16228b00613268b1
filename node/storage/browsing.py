"""Records in the order of their local names, for those who walk through the whole catalogue: pages and site maps.

A local name is a digest, so names are spread evenly: a site map's parts are the names that begin alike, whatever is
hidden or deleted between them, and where a page ends tells nothing that is hidden.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.peer import Viewer
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.graph_texts import speakers_for
from node.storage.tables import records
from node.storage.visibility import Visibility, visibility

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
"""The characters of local names (RFC 4648, base 32, in lower case), sorted as databases sort them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record in a list: its local name, its subject, its kind, when it last changed (UTC)."""

    local_id: str
    subject: str
    kind: str
    datestamp: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page of the catalogue.

    Attributes:
        more: whether records follow.
        before: the name that the page before comes after, empty for the first page; `None` where this is the first.
        last: the name that a last page comes after; empty where there is but one.
        speakers: names of the records on it that speak for their resource: of those that describe one, the oldest.
        total: how many resources all pages describe: one that two sources have is one.
    """

    entries: tuple[Entry, ...]
    more: bool
    before: str | None
    last: str
    speakers: frozenset[str]
    total: int


class Browsing:
    """Reads what a viewer may read as it is; tombstones are not in it."""

    def __init__(self, database: Database, now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._now = now

    def count(self, viewer: Viewer) -> int:
        """Return how many records there are."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            return connection.execute(sa.select(sa.func.count()).select_from(records).where(seen.live)).scalar_one()

    def page(self, viewer: Viewer, limit: int, *, after: str = "", prefix: str = "") -> tuple[Entry, ...]:
        """Return up to `limit` records, by name.

        Args:
            after: a name; only greater ones.
            prefix: only names that begin with it.
        """
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            return _page(connection, seen, limit, records.c.local_id > after, *_between(prefix))

    def leaf(self, viewer: Viewer, size: int, *, after: str = "", kind: str = "") -> Leaf:
        """Return a page of the catalogue behind a name, or of its records of a kind, the value of a `ResourceKind`."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            entries = _page(connection, seen, size + 1, records.c.local_id > after, *_of_kind(kind))
            mine = records.c.id.in_(speakers_for([entry.subject for entry in entries[:size]], seen))
            speakers = connection.execute(sa.select(records.c.local_id).where(mine)).scalars()
            before = _end(connection, size, seen.live, records.c.local_id <= after, *_of_kind(kind)) if after else None
            return Leaf(
                entries=entries[:size],
                more=len(entries) > size,
                before=before,
                last=_end(connection, size, seen.live, *_of_kind(kind)),
                speakers=frozenset(speakers),
                total=_total(connection, seen, kind),
            )


def _page(
    connection: Connection, seen: Visibility, limit: int, *conditions: sa.ColumnElement[bool]
) -> tuple[Entry, ...]:
    query = sa.select(records.c.local_id, records.c.subject, records.c.kind, records.c.datestamp)
    query = query.where(seen.live, *conditions).order_by(records.c.local_id).limit(limit)
    return tuple(
        Entry(local_id=row.local_id, subject=row.subject, kind=row.kind, datestamp=row.datestamp)
        for row in connection.execute(query)
    )


def _total(connection: Connection, seen: Visibility, kind: str) -> int:
    """Return how many resources there are, each of the kind of the record that speaks for it."""
    if not kind:
        return connection.execute(sa.select(sa.func.count(records.c.subject.distinct())).where(seen.live)).scalar_one()
    subjects = sa.select(records.c.subject).where(seen.live, *_of_kind(kind))
    mine = (records.c.id.in_(speakers_for(subjects, seen)), *_of_kind(kind))
    return connection.execute(sa.select(sa.func.count()).select_from(records).where(*mine)).scalar_one()


def _end(connection: Connection, size: int, *conditions: sa.ColumnElement[bool]) -> str:
    """Return the name that the last `size` of some records come after; empty where there are no more than those."""
    query = sa.select(records.c.local_id).where(*conditions).order_by(records.c.local_id.desc())
    return connection.execute(query.offset(size).limit(1)).scalar() or ""


def _of_kind(kind: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (records.c.kind == kind,) if kind else ()


def prefixes(count: int, size: int) -> tuple[str, ...]:
    """Return the prefixes that part `count` records into lots of about `size`, at most; one empty prefix is no parting.

    Their number is a power of the alphabet's 32.
    """
    found: tuple[str, ...] = ("",)
    while count > size * len(found):
        found = tuple(prefix + letter for prefix in found for letter in ALPHABET)
    return found


def _between(prefix: str) -> tuple[sa.ColumnElement[bool], ...]:
    # Bounds and not LIKE, so that the index of names serves on every database.
    if not prefix:
        return ()
    bounds = [records.c.local_id >= prefix]
    if trimmed := prefix.rstrip(ALPHABET[-1]):
        bounds.append(records.c.local_id < trimmed[:-1] + ALPHABET[ALPHABET.index(trimmed[-1]) + 1])
    return tuple(bounds)
