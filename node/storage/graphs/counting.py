"""Counts what a graph store holds, exactly and in one snapshot, once for each."""

from __future__ import annotations

import json
import threading

from node.errors import StorageError
from node.model.graph_counts import GraphCounts
from node.storage.graphs import Charge, GraphQuery, GraphStore

_QUERIES = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "subjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "objects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT ?k (COUNT(DISTINCT ?s) AS ?n) { ?s a ?k FILTER(isIRI(?k)) } GROUP BY ?k ORDER BY ?k",
    "properties": "SELECT ?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k ORDER BY ?k",
}
_TRIES = 5


class Counter:
    """Counts a store, and remembers the counts of the snapshot it counted last."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._counting = threading.Lock()
        self._last: GraphCounts | None = None

    def known(self) -> GraphCounts | None:
        """Return the counts of the newest snapshot where it has been counted."""
        last = self._last
        if last is None or last.snapshot is None or last.snapshot != self._store.snapshot():
            return None
        return last

    def counts(self, charge: Charge) -> GraphCounts:
        """Return the counts of the newest snapshot; who comes while somebody counts waits for these.

        Args:
            charge: see `GraphStore.query`; called for each query that is asked.

        Raises:
            QueryRefused: see `GraphStore.query`.
            StorageError: snapshots change faster than they can be counted.
        """
        with self._counting:
            known = self.known()
            if known is not None:
                return known
            for _ in range(_TRIES):
                found = {name: self._ask(text, charge) for name, text in _QUERIES.items()}
                snapshots = {snapshot for snapshot, _ in found.values()}
                if len(snapshots) == 1:
                    rows = {name: answer for name, (_, answer) in found.items()}
                    self._last = GraphCounts(
                        snapshot=snapshots.pop(),
                        triples=rows["triples"][0][1],
                        subjects=rows["subjects"][0][1],
                        objects=rows["objects"][0][1],
                        classes=rows["classes"],
                        properties=rows["properties"],
                    )
                    return self._last
        raise StorageError("the graphs change faster than they can be counted", advice="Try again in a minute.")

    def _ask(self, text: str, charge: Charge) -> tuple[str | None, tuple[tuple[str, int], ...]]:
        query = GraphQuery(text=text, media_type="application/sparql-results+json")
        answer = self._store.query(query, charge=charge)
        try:
            rows = json.loads(b"".join(answer.chunks()))["results"]["bindings"]
        finally:
            answer.close()
        return answer.snapshot, tuple((row["k"]["value"] if "k" in row else "", int(row["n"]["value"])) for row in rows)
