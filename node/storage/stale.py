"""The projection's to-do list: which graphs no longer say what SQL says.

An entry carries the moment that made it stale, so that a graph which changes again while it is being written stays on
the list.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.storage.tables import records, shared_nodes, stale_graphs
from node.storage.upsert import chunks, upsert

RECORD = "record"
SHARED = "shared"
CATALOG = "catalog"
SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Stale:
    """A graph to write: `record` (key: its number), `shared` (the agent's IRI), `source` (its name) or `catalog`."""

    kind: str
    key: str
    since: int


def touched_by(connection: Connection, ids: Sequence[int]) -> set[tuple[str, str]]:
    """Return what a change of records makes stale: they, the agents they speak of, and what describes their subjects.

    Ask before a change and after it: the old agents and subjects are touched as well as the new ones.
    """
    marks = {(RECORD, str(record)) for record in ids}
    for some in chunks(ids):
        iris = connection.execute(sa.select(shared_nodes.c.iri).where(shared_nodes.c.record_id.in_(some)).distinct())
        marks |= {(SHARED, iri) for iri in iris.scalars()}
        subjects = sa.select(records.c.subject).where(records.c.id.in_(some), records.c.subject != "")
        twins = sa.select(records.c.id).where(records.c.subject.in_(subjects), records.c.state == "live")
        marks |= {(RECORD, str(record)) for record in connection.execute(twins).scalars()}
        named = sa.select(shared_nodes.c.iri).where(shared_nodes.c.iri.in_(subjects)).distinct()
        marks |= {(SHARED, iri) for iri in connection.execute(named).scalars()}
    return marks


def mark(connection: Connection, marks: Iterable[tuple[str, str]]) -> None:
    """Put graphs on the list."""
    since = moment()
    rows = [{"kind": kind, "key": key, "since": since} for kind, key in sorted(set(marks))]
    upsert(connection, stale_graphs, rows, update=("since",))


def moment() -> int:
    """Return what an entry would carry that was made now; only ever compared with another, never shown."""
    return time.time_ns()


def first(connection: Connection, limit: int, until: int | None = None) -> tuple[Stale, ...]:
    """Return the longest-waiting entries; of those only that were on the list at a `moment`, where one is given."""
    query = sa.select(stale_graphs).order_by(stale_graphs.c.since).limit(limit)
    if until is not None:
        query = query.where(stale_graphs.c.since <= until)
    return tuple(Stale(row.kind, row.key, row.since) for row in connection.execute(query))


def done(connection: Connection, written: Sequence[Stale]) -> None:
    """Take entries off the list; what became stale again, or was written by somebody else, stays or comes back."""
    current: dict[tuple[str, str], int] = {}
    for some in chunks([entry.key for entry in written]):
        rows = connection.execute(sa.select(stale_graphs).where(stale_graphs.c.key.in_(some)))
        current.update({(row.kind, row.key): row.since for row in rows})
    same = [entry for entry in written if current.get((entry.kind, entry.key)) == entry.since]
    if same:
        connection.execute(
            stale_graphs.delete().where(
                stale_graphs.c.kind == sa.bindparam("b_kind"),
                stale_graphs.c.key == sa.bindparam("b_key"),
                stale_graphs.c.since == sa.bindparam("b_since"),
            ),
            # In one order everywhere, so that two writers never wait for each other.
            [
                {"b_kind": entry.kind, "b_key": entry.key, "b_since": entry.since}
                for entry in sorted(same, key=lambda entry: (entry.kind, entry.key))
            ],
        )
    kept = {(entry.kind, entry.key) for entry in same}
    mark(connection, ((entry.kind, entry.key) for entry in written if (entry.kind, entry.key) not in kept))


def count(connection: Connection) -> int:
    """How many graphs wait."""
    return connection.execute(sa.select(sa.func.count()).select_from(stale_graphs)).scalar_one()
