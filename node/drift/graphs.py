"""The graphs of each viewer, held against the labels: none is there that the viewer may not see, none is missing.

The graphs are a projection of the database, in a store for each viewer that has one: a graph of a record that a viewer
may not see is a leak, and one that is missing a gap. What waits to be written is no drift.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from node.errors import Conflict
from node.model.drift import Deviation, Drift
from node.model.peer import Viewer, viewer_name
from node.node import Node
from node.storage.changes import Clock
from node.storage.drift import DriftRuns, Place
from node.storage.drift_rows import GraphRow, records_after, unknown, write_again
from node.storage.graphs import GraphQuery, GraphStore, GraphWriter

_STRETCH = 500
_PATIENCE = 30.0


def audit_graphs(node: Node, runs: DriftRuns, number: int, place: Place, now: Clock, *, repair: bool) -> Iterator[int]:
    """Compare graphs and records; yield after each stretch of records how many were compared, and then end.

    Raises:
        Conflict: another process keeps writing the graphs.
        StorageError: a store does not answer.
    """
    _settle(node)
    while True:
        odd: list[tuple[Viewer, GraphRow]] = []
        last, met = None, 0
        for viewer, store in node.graph_stores.items():
            rows = _records(node, viewer, place.record, now)
            found = _odd(node, store, rows)
            if found:
                # A harvest may have written what queries do not see yet.
                _settle(node)
                found = [row for row in _odd(node, store, _records(node, viewer, place.record, now)) if row in found]
            odd += [(viewer, row) for row in found]
            met += len(rows)
            last = rows[-1].id if rows else last
        if last is None:
            break
        place = dataclasses.replace(place, record=last)
        _keep(node, runs, number, place, now, [_deviation(node, *each, repaired=repair) for each in odd], met)
        if repair:
            with node.database.write() as connection:
                write_again(connection, [row.id for _, row in odd])
        yield met
    _keep(node, runs, number, place, now, _strange(node, repair=repair), 0)
    if repair:
        _settle(node)


def _records(node: Node, viewer: Viewer, after: int, now: Clock) -> tuple[GraphRow, ...]:
    with node.database.read() as connection:
        return records_after(connection, viewer, now().astimezone(dt.UTC).date(), after, _STRETCH)


def _keep(
    node: Node,
    runs: DriftRuns,
    number: int,
    place: Place,
    now: Clock,
    found: Sequence[Deviation],
    met: int,
) -> None:
    counts = {Drift.OK: max(met - len(found), 0), Drift.RDF: len(found)}
    with node.database.write() as connection:
        runs.advance(connection, number, place, counts, found, now())


def _strange(node: Node, *, repair: bool) -> list[Deviation]:
    """Return the graphs of records that there are not, and remove them where that is asked for."""
    found = []
    for viewer, store in node.graph_stores.items():
        names = _strangers(node, store)
        if repair and names:
            with _writing(store, publish=True) as writer:
                writer.replace_many([(name, "") for name in names])
        found += [
            Deviation(
                drift=Drift.RDF,
                zone="",
                key=name,
                incident=True,
                repaired=repair,
                detail=f"{viewer_name(viewer)} can ask it, and there is no such record",
            )
            for name in names
        ]
    return found


def _odd(node: Node, store: GraphStore, rows: Sequence[GraphRow]) -> list[GraphRow]:
    """Return the records whose graph is there and should not be, or the other way round; not those that wait."""
    name = node.projection.record_graph
    there = _present(store, [name(row.local_id) for row in rows])
    return [row for row in rows if not row.waiting and (name(row.local_id) in there) != row.visible]


def _deviation(node: Node, viewer: Viewer, row: GraphRow, *, repaired: bool) -> Deviation:
    who = viewer_name(viewer)
    detail = f"{who} may see its record, and it is not there" if row.visible else f"{who} can ask it, and may not"
    return Deviation(
        drift=Drift.RDF,
        zone="",
        key=node.projection.record_graph(row.local_id),
        incident=not row.visible,
        repaired=repaired,
        detail=detail,
    )


def _settle(node: Node) -> None:
    """Have everything that waits written and shown, so that what differs then is drift."""
    deadline = time.monotonic() + _PATIENCE
    while node.projection.run() is None:
        if time.monotonic() > deadline:
            raise Conflict("another process is writing the graphs", advice="Try again when it has ended.")
        time.sleep(0.2)


def _strangers(node: Node, store: GraphStore) -> list[str]:
    """Return the graphs of records that there are not; the names are read one by one, and few are kept."""
    prefix, found = node.projection.record_graph(""), list[str]()
    with _writing(store) as writer:
        for names in _stretches(name for name in writer.graphs() if name.startswith(prefix)):
            with node.database.read() as connection:
                odd = unknown(connection, [name.removeprefix(prefix) for name in names])
            found += [f"{prefix}{local}" for local in sorted(odd)]
    return found


@contextmanager
def _writing(store: GraphStore, *, publish: bool = False) -> Iterator[GraphWriter]:
    """Become the writer of a store, once the one there is has ended."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        with store.writer(publish=publish) as writer:
            if writer is not None:
                yield writer
                return
        if time.monotonic() > deadline:
            raise Conflict("another process is writing the graphs", advice="Try again when it has ended.")
        time.sleep(0.2)


def _present(store: GraphStore, names: Sequence[str]) -> set[str]:
    if not names:
        return set()
    values = " ".join(f"<{name}>" for name in names)
    query = f"SELECT DISTINCT ?g {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }}"
    answer = store.query(GraphQuery(text=query, media_type="application/sparql-results+json"))
    try:
        document = json.loads(b"".join(answer.chunks()))
    finally:
        answer.close()
    return {row["g"]["value"] for row in document["results"]["bindings"]}


def _stretches(names: Iterable[str]) -> Iterator[list[str]]:
    walk = iter(names)
    while stretch := list(islice(walk, _STRETCH)):
        yield stretch
