"""A graph store behind the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/), with our limits in front.

The service has to answer a query that names no dataset from the union of its graphs, to apply each update request as a
whole, and to have federation (SERVICE) switched off or fenced in: the guard in front is no security boundary.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyoxigraph as ox
import requests
from requests.adapters import HTTPAdapter

from node.errors import StorageError
from node.storage.graphs import Charge, GraphQuery, QueryAnswer
from node.storage.graphs.remote_answer import RemoteAnswer

if TYPE_CHECKING:
    from node.settings import SparqlSettings

_CONNECT = 5.0


class RemoteGraphs:
    """A `GraphStore` that is a service; one writer at a time in each process."""

    describes_itself = False

    def __init__(self, query_url: str, update_url: str, settings: SparqlSettings) -> None:
        self._query_url = query_url
        self._update_url = update_url
        self._settings = settings
        self._turn = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def writer(self, *, publish: bool = True) -> Iterator[RemoteWriter | None]:
        """See `GraphStore.writer`; what is written is visible at once, so `publish` has nothing to hold back."""
        if not self._turn.acquire(blocking=False):
            yield None
            return
        try:
            yield RemoteWriter(self)
        finally:
            self._turn.release()

    def query(self, query: GraphQuery, *, timeout: float | None = None, charge: Charge | None = None) -> QueryAnswer:
        """See `GraphStore.query`; graphs that are only `described` are not asked."""
        seconds = timeout or self._settings.timeout
        return RemoteAnswer(lambda: self.open_query(query, seconds), query, self._settings, seconds, charge)

    def unpublished(self) -> bool:
        """See `GraphStore.unpublished`: what is written is seen at once."""
        return False

    def snapshot(self) -> str | None:
        """See `GraphStore.snapshot`: the protocol has no way to ask."""
        return None

    def clear(self) -> bool:
        """See `GraphStore.clear`."""
        with self.writer() as writer:
            if writer is None:
                return False
            self.update("DROP NAMED")
            return True

    def check(self) -> tuple[str, ...]:
        """See `GraphStore.check`."""
        self.query(GraphQuery(text="ASK {}", media_type="application/sparql-results+json"), timeout=10).close()
        return ()

    def close(self) -> None:
        """See `GraphStore.close`: this thread's connections are closed, others with their threads."""
        session = getattr(self._local, "session", None)
        if session is not None:
            session.close()

    def update(self, text: str) -> None:
        """Send an update request.

        Raises:
            StorageError: the service refuses it or does not answer.
        """
        try:
            response = self._session().post(
                self._update_url,
                data=text.encode(),
                headers={"Content-Type": "application/sparql-update; charset=utf-8"},
                timeout=(_CONNECT, 600),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise StorageError(f"graph store {self._update_url} does not answer") from error
        if not response.ok:
            raise StorageError(f"graph store {self._update_url} refuses an update: {response.status_code}")

    def open_query(self, query: GraphQuery, seconds: float) -> requests.Response:
        """Send a query and return its answer with the body unread; may raise `requests.RequestException`."""
        form = [("query", query.text)]
        if query.dataset:
            form += [("default-graph-uri", name) for name in query.default_graphs or ("urn:fairnode:no-graph",)]
            form += [("named-graph-uri", name) for name in query.named_graphs or ("urn:fairnode:no-graph",)]
        else:
            # Oxigraph's switch; other services have the union as their default or in their configuration.
            form.append(("union-default-graph", "true"))
        return self._session().post(
            self._query_url,
            data=form,
            # Turtle is TriG without named graphs, and every service writes it.
            headers={
                "Accept": "text/turtle" if query.media_type == "application/trig" else query.media_type,
                "Accept-Encoding": "identity",
            },
            timeout=(_CONNECT, seconds),
            stream=True,
            allow_redirects=False,
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # a store next door is not reached through a proxy
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
            self._local.session = session
        return session


class RemoteWriter:
    """A `GraphWriter`: one atomic update request a graph."""

    def __init__(self, store: RemoteGraphs) -> None:
        self._store = store

    def replace(self, graph: str, ntriples: str) -> None:
        """See `GraphWriter.replace`."""
        try:
            name = ox.NamedNode(graph)
            # Checked first: text that is not N-Triples could close the braces and go on as an update of its own.
            for _ in ox.parse(ntriples.encode(), ox.RdfFormat.N_TRIPLES):
                pass
        except (SyntaxError, ValueError) as error:
            raise StorageError(f"graph {graph}: {error}") from error
        insert = f"; INSERT DATA {{ GRAPH {name} {{\n{ntriples}\n}} }}" if ntriples.strip() else ""
        self._store.update(f"DROP SILENT GRAPH {name}{insert}")

    def replace_many(self, graphs: Sequence[tuple[str, str]]) -> None:
        """See `GraphWriter.replace_many`."""
        for graph, ntriples in graphs:
            self.replace(graph, ntriples)

    def graphs(self) -> Iterator[str]:
        """See `GraphWriter.graphs`."""
        rows = self._rows("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
        return iter([row.value for row in rows if isinstance(row, ox.NamedNode)])

    def count(self) -> int:
        """See `GraphWriter.count`."""
        (count,) = self._rows("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }")
        assert isinstance(count, ox.Literal)
        return int(count.value)

    def _rows(self, text: str) -> list[object]:
        """Return the first column of a query of our own, to which no limit on the answer applies."""
        query = GraphQuery(text=text, media_type="application/sparql-results+json")
        try:
            response = self._store.open_query(query, 600)
            response.raise_for_status()
            body = response.content
        except requests.RequestException as error:
            raise StorageError("the graph store does not answer") from error
        solutions = ox.parse_query_results(io.BytesIO(body), ox.QueryResultsFormat.JSON)
        return [solution[0] for solution in solutions] if isinstance(solutions, ox.QuerySolutions) else []
