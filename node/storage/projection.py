"""The graph as a projection of SQL and objects: whoever has time writes, idempotently, what is on the to-do list.

One graph per record, named by its dcat:CatalogRecord; one per shared agent, named by the agent; they are disjoint, so
the union of all is a set. Where two records describe the same subject the older one speaks for it, and the other has
its catalogue record only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import Conflict, FairnodeError
from node.mapping.catalog import catalog_triples, record_triples
from node.model.label import Audience
from node.model.rdf import Iri, Triple
from node.storage import stale
from node.storage.database import Database
from node.storage.graphs import GraphQuery, GraphStore, GraphWriter
from node.storage.inventory import Inventory
from node.storage.stale import Stale
from node.storage.tables import records, shared_nodes, sources
from node.syntax import from_ntriples, to_ntriples
from node.telemetry import logger

_log = logger("projection")
_CATALOG = Stale("catalog", "", 0)


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
    """Writes graphs for the public audience.

    Attributes:
        base_url: of the node; graph names live below it.
        title: the catalogue's.
    """

    database: Database
    inventory: Inventory
    graphs: GraphStore
    base_url: str
    title: str

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
        if not self.waiting() and not (publish and self.graphs.unpublished()):
            # Opening the store for writing is a write itself.
            return total
        with self.graphs.writer(publish=publish) as writer:
            if writer is None:
                return None
            while True:
                with self.database.read() as connection:
                    entries = stale.first(connection, batch)
                    graphs, lost = self._graphs(connection, entries, fresh or {})
                written = [entry for entry in entries if (entry.kind, entry.key) not in lost]
                writer.replace_many(graphs)
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
            stale.mark(connection, [(_CATALOG.kind, _CATALOG.key)])
        with self.graphs.writer(publish=False) as writer:
            if writer is None:
                return None
            self._drop_strangers(writer)
        return self.run(progress=progress)

    def verify(self) -> Account:
        """Compare the graphs that queries see with what SQL says they should be."""
        with self.database.read() as connection:
            waiting = stale.count(connection)
            public = connection.execute(sa.select(records.c.local_id).where(_public())).scalars()
            expected = {self.record_graph(local) for local in public}
            expected |= set(
                connection.execute(
                    sa.select(shared_nodes.c.iri)
                    .join(records, records.c.id == shared_nodes.c.record_id)
                    .where(_public(), shared_nodes.c.iri.not_in(_subjects()))
                    .distinct()
                ).scalars()
            )
        expected.add(f"{self.base_url}/catalog")
        with self.graphs.writer(publish=False) as writer:
            if writer is None:
                raise Conflict("another process is writing the graphs", advice="Try again when it has ended.")
            found = set(writer.graphs())
        total, distinct = (self._figure(query) for query in (_TOTAL, _DISTINCT))
        return Account(
            graphs=len(found),
            waiting=waiting,
            missing=len(expected - found),
            strangers=len(found - expected),
            statements=total,
            repeated=total - distinct,
        )

    def _figure(self, query: str) -> int:
        answer = self.graphs.query(GraphQuery(text=query, media_type="text/csv"))
        try:
            return int(b"".join(answer.chunks()).split()[1])
        finally:
            answer.close()

    def waiting(self) -> int:
        """How many graphs wait to be written."""
        with self.database.read() as connection:
            return stale.count(connection)

    def record_graph(self, local_id: str) -> str:
        """Return the name of a record's graph: the IRI of its catalogue record."""
        return f"{self.base_url}/record/{local_id}"

    def describe(self, local_id: str) -> tuple[Triple, ...]:
        """Return all that a public record says, its catalogue record and its agents included; empty where hidden.

        Read from SQL and objects, so literals are as they were written (a graph store may normalise them).
        """
        with self.database.read() as connection:
            row = connection.execute(_rows().where(records.c.local_id == local_id, _public())).first()
            if row is None:
                return ()
            spoken = connection.execute(
                sa.select(shared_nodes.c.ntriples)
                .where(shared_nodes.c.record_id == row.id)
                .order_by(shared_nodes.c.iri)
            ).scalars()
            agents = "".join(spoken)
        resource = self.inventory.get("rdf", row.rdf_digest).decode()
        return (*self._catalog_record(row), *from_ntriples(resource + agents))

    def describe_catalog(self) -> tuple[Triple, ...]:
        """Return the catalogue's own description."""
        return catalog_triples(Iri(f"{self.base_url}/catalog"), self.title)

    def _drop_strangers(self, writer: GraphWriter) -> None:
        with self.database.read() as connection:
            ids = connection.execute(sa.select(records.c.local_id)).scalars()
            known = {self.record_graph(local) for local in ids}
            known |= set(connection.execute(sa.select(shared_nodes.c.iri).distinct()).scalars())
        known.add(f"{self.base_url}/catalog")
        writer.replace_many([(graph, "") for graph in writer.graphs() if graph not in known])

    def _graphs(
        self, connection: Connection, entries: Sequence[Stale], fresh: Mapping[str, str]
    ) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
        """Return the graphs to write, and the entries that cannot be, because a zone lost their object."""
        ids = [int(entry.key) for entry in entries if entry.kind == stale.RECORD]
        iris = [entry.key for entry in entries if entry.kind == stale.SHARED]
        graphs, lost = self._record_graphs(connection, ids, fresh)
        graphs += self._shared_graphs(connection, iris)
        if any(entry.kind == _CATALOG.kind for entry in entries):
            graphs.append((f"{self.base_url}/catalog", to_ntriples(self.describe_catalog())))
        return graphs, lost

    def _record_graphs(
        self, connection: Connection, ids: Sequence[int], fresh: Mapping[str, str]
    ) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
        rows = connection.execute(_rows().where(records.c.id.in_(ids))).all()
        speakers = set(
            connection.execute(
                sa.select(sa.func.min(records.c.id))
                .where(_public(), records.c.subject.in_({row.subject for row in rows}))
                .group_by(records.c.subject)
            ).scalars()
        )
        graphs, lost = [], set()
        for row in rows:
            text = ""
            if row.state == "live" and row.audience == int(Audience.PUBLIC):
                text = to_ntriples(self._catalog_record(row))
                if row.id in speakers:
                    try:
                        text += fresh.get(row.rdf_digest) or self.inventory.get("rdf", row.rdf_digest).decode()
                    except FairnodeError as error:
                        _log.error("a graph cannot be written", record=row.local_id, code=error.code, why=error.message)
                        lost.add((stale.RECORD, str(row.id)))
                        continue
            graphs.append((self.record_graph(row.local_id), text))
        return graphs, lost

    def _catalog_record(self, row: Any) -> tuple[Triple, ...]:
        return record_triples(
            base_url=self.base_url,
            record=Iri(self.record_graph(row.local_id)),
            topic=Iri(row.subject),
            title=row.title,
            identifier=row.identifier,
            source_url=row.url,
            metadata_prefix=row.metadata_prefix,
            source_name=row.source,
            issued=row.created,
            modified=row.datestamp,
            harvested=row.harvested,
            score=row.score,
            max_score=row.max_score,
        )

    def _shared_graphs(self, connection: Connection, iris: Sequence[str]) -> list[tuple[str, str]]:
        rows = connection.execute(
            sa.select(shared_nodes.c.iri, shared_nodes.c.ntriples)
            .join(records, records.c.id == shared_nodes.c.record_id)
            .where(shared_nodes.c.iri.in_(iris), shared_nodes.c.iri.not_in(_subjects()), _public())
            .distinct()
        )
        lines: dict[str, set[str]] = {iri: set() for iri in iris}
        for iri, ntriples in rows:
            lines[iri].update(ntriples.splitlines())
        return [(iri, "".join(f"{line}\n" for line in sorted(found))) for iri, found in lines.items()]


def _subjects() -> sa.Select[tuple[str]]:
    """The resources that have records of their own: what other records say of them is not shown."""
    other = records.alias()
    return sa.select(other.c.subject).where(other.c.state == "live", other.c.audience == int(Audience.PUBLIC))


def _rows() -> sa.Select[Any]:
    return sa.select(records, sources.c.name.label("source"), sources.c.url).join(
        sources, sources.c.id == records.c.source_id
    )


def _public() -> sa.ColumnElement[bool]:
    return (records.c.state == "live") & (records.c.audience == int(Audience.PUBLIC))
