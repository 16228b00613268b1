"""Records in the order of their local names, for those who walk through the whole catalogue: pages and site maps.

A local name is a digest, so names are spread evenly: a site map's parts are the names that begin alike, whatever is
hidden or deleted between them, and where a page ends tells nothing that is hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from node.model.peer import Viewer
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.graph_texts import speakers_for
from node.storage.tables import records
from node.storage.visibility import visibility

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
"""The characters of local names (RFC 4648, base 32, in lower case), sorted as databases sort them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record in a list: its local name, its subject, whether it is a dataset, when it last changed (UTC)."""

    local_id: str
    subject: str
    kind: str
    datestamp: dt.datetime


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

    def subjects(self, viewer: Viewer) -> int:
        """Return how many resources they describe: one that two sources have is one."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            query = sa.select(sa.func.count(records.c.subject.distinct())).where(seen.live)
            return connection.execute(query).scalar_one()

    def speakers(self, viewer: Viewer, subjects: Sequence[str]) -> frozenset[str]:
        """Return the names of the records that speak for some resources: of those that describe one, the oldest."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            mine = records.c.id.in_(speakers_for(subjects, seen))
            return frozenset(connection.execute(sa.select(records.c.local_id).where(mine)).scalars())

    def page(self, viewer: Viewer, limit: int, *, after: str = "", prefix: str = "") -> tuple[Entry, ...]:
        """Return up to `limit` records, by name.

        Args:
            after: a name; only greater ones.
            prefix: only names that begin with it.
        """
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            query = sa.select(records.c.local_id, records.c.subject, records.c.kind, records.c.datestamp)
            query = query.where(seen.live, records.c.local_id > after, *_between(prefix))
            query = query.order_by(records.c.local_id).limit(limit)
            return tuple(
                Entry(local_id=row.local_id, subject=row.subject, kind=row.kind, datestamp=row.datestamp)
                for row in connection.execute(query)
            )


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
