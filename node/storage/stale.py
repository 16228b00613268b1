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
from node.storage.upsert import upsert

RECORD = "record"
SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Stale:
    """A graph to write: `kind` is `record` (key: the record's number) or `shared` (key: the agent's IRI)."""

    kind: str
    key: str
    since: int


def mark_records(connection: Connection, ids: Sequence[int]) -> None:
    """Put records on the list, the agents they speak of, and the records that describe the same subject."""
    if not ids:
        return
    marks = {(RECORD, str(record)) for record in ids}
    iris = connection.execute(sa.select(shared_nodes.c.iri).where(shared_nodes.c.record_id.in_(ids)).distinct())
    marks |= {(SHARED, iri) for iri in iris.scalars()}
    subjects = sa.select(records.c.subject).where(records.c.id.in_(ids), records.c.subject != "")
    twins = connection.execute(
        sa.select(records.c.id).where(records.c.subject.in_(subjects), records.c.state == "live")
    )
    marks |= {(RECORD, str(record)) for record in twins.scalars()}
    mark(connection, marks)


def mark(connection: Connection, marks: Iterable[tuple[str, str]]) -> None:
    """Put graphs on the list."""
    since = time.time_ns()  # only ever compared for equality and order of waiting, never shown
    rows = [{"kind": kind, "key": key, "since": since} for kind, key in sorted(set(marks))]
    upsert(connection, stale_graphs, rows, update=("since",))


def first(connection: Connection, limit: int) -> tuple[Stale, ...]:
    """Return the longest-waiting entries."""
    rows = connection.execute(sa.select(stale_graphs).order_by(stale_graphs.c.since).limit(limit))
    return tuple(Stale(row.kind, row.key, row.since) for row in rows)


def done(connection: Connection, written: Sequence[Stale]) -> None:
    """Take entries off the list, unless they became stale again meanwhile."""
    if written:
        connection.execute(
            stale_graphs.delete().where(
                stale_graphs.c.kind == sa.bindparam("b_kind"),
                stale_graphs.c.key == sa.bindparam("b_key"),
                stale_graphs.c.since == sa.bindparam("b_since"),
            ),
            [{"b_kind": entry.kind, "b_key": entry.key, "b_since": entry.since} for entry in written],
        )


def count(connection: Connection) -> int:
    """How many graphs wait."""
    return connection.execute(sa.select(sa.func.count()).select_from(stale_graphs)).scalar_one()
