"""The graphs as a projection of SQL and objects: whoever has time writes, idempotently, what is on the to-do list.

Each viewer with a graph store has one of its own, so that no query reaches what its asker may not see; a batch of the
list is written to all of them before it is taken off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import Conflict
from node.model.label import Audience
from node.model.peer import Viewer
from node.model.rdf import Triple
from node.storage import stale
from node.storage.database import Database
from node.storage.graph_stores import GraphStores
from node.storage.graph_texts import GraphTexts
from node.storage.graphs import GraphQuery, GraphStore, GraphWriter
from node.storage.tables import records, shared_nodes
from node.storage.visibility import Visibility, visibility

_TOTAL = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_DISTINCT = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How the graphs compare with SQL; `repeated` statements stand in more than one graph and would count twice."""

    graphs: int
    waiting: int
    missing: int
    strangers: int
    statements: int
    repeated: int

    @property
    def sound(self) -> bool:
        """Nothing is waiting, missing, strange or twice."""
        return not (self.waiting or self.missing or self.strangers or self.repeated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Writes graphs.

    Attributes:
        texts: what each graph says.
        stores: the graph store of each viewer that has one; the public always has.
        whole: which of them have been built.
        now: the clock, for what a viewer sees today.
    """

    database: Database
    texts: GraphTexts
    stores: Mapping[Viewer, GraphStore]
    whole: GraphStores
    now: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))

    def run(
        self,
        fresh: Mapping[str, str] | None = None,
        *,
        batch: int = 2000,
        publish: bool = True,
        progress: Callable[[int], None] | None = None,
    ) -> int | None:
        """Write what waits; return how many graphs, or `None` where another process is writing (it will do ours).

        Args:
            fresh: N-Triples of records just kept, by their graph digest, so that they need not be read back.
            publish: make the result visible to queries now.
        """
        total, unreadable = 0, set[tuple[str, str]]()
        if not self.waiting() and not (publish and any(store.unpublished() for store in self.stores.values())):
            # Opening the store for writing is a write itself.
            return total
        with ExitStack() as stack:
            writers = self._writers(stack, publish=publish)
            if writers is None:
                return None
            while True:
                with self.database.read() as connection:
                    entries = stale.first(connection, batch)
                lost = set[tuple[str, str]]()
                for viewer, writer in writers.items():
                    # Read after the list: a change in between puts its graph on the list again.
                    with self.database.read() as connection:
                        seen = self._seen(connection, viewer)
                        graphs, missing = self.texts.read(connection, entries, fresh or {}, seen)
                    writer.replace_many(graphs)
                    lost |= missing
                written = [entry for entry in entries if (entry.kind, entry.key) not in lost]
                with self.database.write() as connection:
                    stale.done(connection, written)
                    stale.mark(connection, lost)  # to the end of the list, out of the others' way
                total += len(written)
                unreadable |= lost
                if not written and {(entry.kind, entry.key) for entry in entries} <= unreadable:
                    return total
                if progress is not None:
                    progress(total)

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int | None:
        """Write every graph again from SQL and objects, and drop graphs that nothing accounts for."""
        with self.database.write() as connection:
            ids = connection.execute(sa.select(records.c.id).where(records.c.seq.is_not(None))).scalars().all()
            iris = connection.execute(sa.select(shared_nodes.c.iri).distinct()).scalars().all()
            stale.mark(connection, [(stale.RECORD, str(record)) for record in ids])
            stale.mark(connection, [(stale.SHARED, iri) for iri in iris])
            stale.mark(connection, [(stale.CATALOG, "")])
        with ExitStack() as stack:
            writers = self._writers(stack, publish=False)
            if writers is None:
                return None
            with self.database.read() as connection:
                known = self.texts.known(connection)
            for writer in writers.values():
                writer.replace_many([(graph, "") for graph in writer.graphs() if graph not in known])
        written = self.run(progress=progress)
        if written is not None and not self.waiting():
            with self.database.write() as connection:
                self.whole.built(connection)
        return written

    def verify(self, viewer: Viewer = Audience.PUBLIC) -> Account:
        """Compare the graphs that a viewer's queries see with what SQL says they should be.

        Raises:
            Conflict: another process is writing.
        """
        store = self.stores[viewer]
        with self.database.read() as connection:
            waiting = stale.count(connection)
            expected = self.texts.expected(connection, self._seen(connection, viewer))
        with store.writer(publish=False) as writer:
            if writer is None:
                raise Conflict("another process is writing the graphs", advice="Try again when it has ended.")
            found = set(writer.graphs())
        total, distinct = (_figure(store, query) for query in (_TOTAL, _DISTINCT))
        return Account(
            graphs=len(found),
            waiting=waiting,
            missing=len(expected - found),
            strangers=len(found - expected),
            statements=total,
            repeated=total - distinct,
        )

    def waiting(self) -> int:
        """How many graphs wait to be written."""
        with self.database.read() as connection:
            return stale.count(connection)

    def record_graph(self, local_id: str) -> str:
        """Return the name of a record's graph: the IRI of its catalogue record."""
        return self.texts.record_graph(local_id)

    def describe(self, local_id: str, viewer: Viewer = Audience.PUBLIC) -> tuple[Triple, ...]:
        """Return all that a record says, its catalogue record and its agents included; empty where it is hidden."""
        with self.database.read() as connection:
            return self.texts.describe(connection, local_id, self._seen(connection, viewer))

    def describe_catalog(self) -> tuple[Triple, ...]:
        """Return the catalogue's own description."""
        return self.texts.describe_catalog()

    def _writers(self, stack: ExitStack, *, publish: bool) -> dict[Viewer, GraphWriter] | None:
        """Become the writer of every store, or of none."""
        writers: dict[Viewer, GraphWriter] = {}
        for viewer, store in self.stores.items():
            writer = stack.enter_context(store.writer(publish=publish))
            if writer is None:
                stack.close()
                return None
            writers[viewer] = writer
        return writers

    def _seen(self, connection: Connection, viewer: Viewer) -> Visibility:
        return visibility(connection, viewer, self.now().astimezone(dt.UTC).date())


def _figure(store: GraphStore, query: str) -> int:
    answer = store.query(GraphQuery(text=query, media_type="text/csv"))
    try:
        return int(b"".join(answer.chunks()).split()[1])
    finally:
        answer.close()
