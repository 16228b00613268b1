"""The graphs as a projection of SQL and objects: whoever has time writes, idempotently, what is on the to-do list.

Each viewer with a graph store has one of its own, so that no query reaches what its asker may not see; a batch of the
list is written to all of them before it is taken off.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import Conflict
from node.model.label import Audience
from node.model.peer import Guest, Viewer
from node.model.rdf import Triple
from node.storage import stale
from node.storage.database import Database
from node.storage.graph_stores import GraphStores
from node.storage.graph_texts import GraphTexts
from node.storage.graphs import GraphQuery, GraphStore, GraphWriter
from node.storage.peer_terms import basis_of, terms_of
from node.storage.stale import Stale
from node.storage.tables import records, shared_nodes, sources
from node.storage.visibility import Visibility, owed_to, to_be_erased, visibility
from node.telemetry import logger

_log = logger("projection")
_PUBLIC = int(Audience.PUBLIC)
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
        until: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> int | None:
        """Write what waits; return how many graphs, or `None` where another process is writing (it will do ours).

        Args:
            fresh: N-Triples of records just kept, by their graph digest, so that they need not be read back.
            publish: make the result visible to queries now.
            until: leave what comes onto the list after this `stale.moment` for another time.
        """
        behind = self.behind()
        if behind and not publish:
            # It would be written under one basis and then under another: it is left to whoever publishes it.
            return 0
        if not (self.waiting() or behind or (publish and self.unpublished())):
            # Opening the store for writing is a write itself.
            return 0
        with self.database.read() as connection:
            bases = self.whole.bases(connection, self.stores)
        return self._run(bases, fresh or {}, batch=batch, publish=publish, until=until, progress=progress)

    def _run(
        self,
        bases: dict[Guest, str],
        fresh: Mapping[str, str],
        *,
        batch: int = 2000,
        publish: bool = True,
        until: int | None = None,
        progress: Callable[[int], None] | None,
    ) -> int | None:
        """Write what waits and, where a basis is another one by now, all that it concerns; `bases` are as of then."""
        total, unreadable, run = 0, set[tuple[str, str]](), secrets.token_hex(16)
        with ExitStack() as stack:
            writers = self._writers(stack, publish=publish)
            if writers is None:
                return None
            while True:
                if publish:
                    self._follow(bases, run)
                with self.database.read() as connection:
                    entries = stale.first(connection, batch, until)
                lost = self._write(writers, entries, fresh, bases)
                if lost is None:
                    if publish:
                        continue
                    return total
                written = [entry for entry in entries if (entry.kind, entry.key) not in lost]
                with self.database.write() as connection:
                    stale.done(connection, written)
                    stale.mark(connection, lost)  # to the end of the list, out of the others' way
                total += len(written)
                unreadable |= lost
                if not written and {(entry.kind, entry.key) for entry in entries} <= unreadable:
                    break
                if progress is not None:
                    progress(total)
        if publish:
            with self.database.write() as connection:
                for viewer, basis in bases.items():
                    self.whole.set_basis(connection, viewer, basis, before=run)
        return total

    def _follow(self, bases: dict[Guest, str], run: str) -> None:
        """Put on the list all that is not public where a basis is another one by now, and note it in `bases`."""
        with self.database.read() as connection:
            found = {viewer: self._basis(connection, viewer) for viewer in bases}
        moved = {viewer: basis for viewer, basis in found.items() if basis != bases[viewer]}
        if moved:
            with self.database.write() as connection:
                hidden = sa.select(records.c.id).where(records.c.state == "live", records.c.audience > _PUBLIC)
                stale.mark(connection, stale.touched_by(connection, connection.execute(hidden).scalars().all()))
                for viewer in moved:
                    self.whole.set_basis(connection, viewer, run)
            bases.update(moved)

    def _write(
        self,
        writers: Mapping[Viewer, GraphWriter],
        entries: Sequence[Stale],
        fresh: Mapping[str, str],
        bases: Mapping[Guest, str],
    ) -> set[tuple[str, str]] | None:
        """Write graphs to every store; return what cannot be read, or nothing where a basis became another one."""
        lost = set[tuple[str, str]]()
        for viewer, writer in writers.items():
            # Read after the list: a change in between puts its graph on the list again.
            with self.database.read() as connection:
                seen = self._seen(connection, viewer)
                if not isinstance(viewer, Audience) and seen.basis != bases.get(viewer, seen.basis):
                    return None
                graphs, missing = self.texts.read(connection, entries, fresh, seen)
            writer.replace_many(graphs)
            lost |= missing
        return lost

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int | None:
        """Write every graph again from SQL and objects, and drop graphs that nothing accounts for."""
        with self.database.write() as connection:
            ids = connection.execute(sa.select(records.c.id).where(records.c.seq.is_not(None))).scalars().all()
            iris = connection.execute(sa.select(shared_nodes.c.iri).distinct()).scalars().all()
            stale.mark(connection, [(stale.RECORD, str(record)) for record in ids])
            stale.mark(connection, [(stale.SHARED, iri) for iri in iris])
            names = connection.execute(sa.select(sources.c.name)).scalars().all()
            stale.mark(connection, [(stale.CATALOG, ""), *((stale.SOURCE, name) for name in names)])
        with ExitStack() as stack:
            writers = self._writers(stack, publish=False)
            if writers is None:
                return None
            with self.database.read() as connection:
                known = self.texts.known(connection)
            for writer in writers.values():
                writer.replace_many([(graph, "") for graph in writer.graphs() if graph not in known])
        bases = {viewer: "" for viewer in self.stores if not isinstance(viewer, Audience)}
        written = self._run(bases, {}, progress=progress)
        if written is not None and not self.waiting():
            with self.database.write() as connection:
                self.whole.built(connection, bases)
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

    def unpublished(self) -> bool:
        """Whether a store has graphs that were written and that queries do not see yet."""
        return any(store.unpublished() for store in self.stores.values())

    def behind(self) -> bool:
        """Whether a guest's graphs are not what it may see: the registry, an agreement or the day changed that."""
        with self.database.read() as connection:
            return any(
                basis != self._basis(connection, viewer)
                for viewer, basis in self.whole.bases(connection, self.stores).items()
            )

    def follows(self, viewer: Viewer) -> bool:
        """Whether a viewer's graphs were written under what decides for it now; an audience's always are."""
        if isinstance(viewer, Audience):
            return True
        with self.database.read() as connection:
            return self.whole.bases(connection, (viewer,)).get(viewer) == self._basis(connection, viewer)

    def overdue(self, viewer: Viewer) -> bool:
        """Whether a viewer's graphs may still say what had to be erased by today."""
        owed = owed_to(viewer) if isinstance(viewer, Audience) else records.c.seq.is_not(None)
        query = sa.select(records.c.id).where(owed, to_be_erased(self.now().astimezone(dt.UTC).date())).limit(1)
        with self.database.read() as connection:
            return connection.execute(query).first() is not None

    def record_graph(self, local_id: str) -> str:
        """Return the name of a record's graph: the IRI of its catalogue record."""
        return self.texts.record_graph(local_id)

    def describe(self, local_id: str, viewer: Viewer = Audience.PUBLIC) -> tuple[Triple, ...]:
        """Return all that a record says, its catalogue record and its agents included; empty where it is hidden."""
        with self.database.read() as connection:
            return self.texts.describe(connection, local_id, self._seen(connection, viewer))

    def describe_each(self, local_ids: Sequence[str], viewer: Viewer) -> tuple[tuple[Triple, ...] | None, ...]:
        """Return what `describe` does for each of some records; `None` for one whose object a zone lost."""
        with self.database.read() as connection:
            return self.texts.describe_each(connection, local_ids, self._seen(connection, viewer))

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

    def _basis(self, connection: Connection, guest: Guest) -> str:
        today = self.now().astimezone(dt.UTC).date()
        return basis_of(guest, terms_of(connection, guest, today), today)

    def _seen(self, connection: Connection, viewer: Viewer) -> Visibility:
        return visibility(connection, viewer, self.now().astimezone(dt.UTC).date())


def _figure(store: GraphStore, query: str) -> int:
    answer = store.query(GraphQuery(text=query, media_type="text/csv"))
    try:
        return int(b"".join(answer.chunks()).split()[1])
    finally:
        answer.close()
