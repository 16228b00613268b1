"""A graph store behind the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/), with our limits in front.

The service has to answer a query that names no dataset from the union of its graphs, to apply each update request as a
whole, and to have federation (SERVICE) switched off or fenced in: the guard in front is no security boundary.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pyoxigraph as ox
import requests
from requests.adapters import HTTPAdapter

from node.errors import QueryRefused, QueryTimeout, QueryTooLarge, StorageError
from node.storage.graphs import GraphQuery, QueryAnswer, QueryKind
from node.storage.graphs.answer_limits import RowCount, XmlScrub

if TYPE_CHECKING:
    from node.settings import SparqlSettings

_CONNECT = 5.0
_CHUNK = 64 * 1024
_RESULTS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
_POSITION = re.compile(r"error at (\d+:\d+)|line (\d+)[,:]? col(?:umn)? (\d+)", re.IGNORECASE)


class RemoteGraphs:
    """A `GraphStore` that is a service; one writer at a time in each process."""

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

    def query(self, query: GraphQuery, *, timeout: float | None = None) -> QueryAnswer:
        """See `GraphStore.query`."""
        return RemoteAnswer(self, query, self._settings, timeout or self._settings.timeout)

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
            headers={"Accept": query.media_type, "Accept-Encoding": "identity"},
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


class RemoteAnswer:
    """A `QueryAnswer` that a service is sending; the first 64 KiB are here when it is made."""

    def __init__(self, store: RemoteGraphs, query: GraphQuery, settings: SparqlSettings, seconds: float) -> None:
        self.media_type = query.media_type
        self.kind: QueryKind = "solutions" if query.media_type in _RESULTS else "graph"
        self.snapshot: str | None = None
        self._settings = settings
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._late = False
        self._complete = False
        self._bytes = 0
        self._rows = RowCount(query.media_type)
        self._scrub = XmlScrub(query.media_type)
        try:
            self._response = store.open_query(query, seconds)
        except requests.Timeout:
            self._refuse_late()
        except requests.RequestException as error:
            raise StorageError("the graph store does not answer") from error
        # A socket's own time limit starts anew with every byte; this one does not.
        self._timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), self._expire)
        self._timer.daemon = True
        self._timer.start()
        self._body = self._response.iter_content(_CHUNK)
        try:
            self._refuse_status()
            self._first = self._gather()
        except BaseException:
            self.close()
            raise
        if self._first.startswith(b'{"head":{},"boolean"'):
            self.kind = "boolean"

    @property
    def complete(self) -> bool:
        """See `QueryAnswer.complete`."""
        return self._complete

    def chunks(self) -> Iterator[bytes]:
        """See `QueryAnswer.chunks`."""
        try:
            yield self._first
            while not self._complete:
                yield self._gather()
        finally:
            self.close()

    def close(self) -> None:
        """See `QueryAnswer.close`; most services go on with the query until their own time limit."""
        self._timer.cancel()
        self._response.close()

    def _gather(self) -> bytes:
        """Return the next 64 KiB, or what is left."""
        parts: list[bytes] = []
        size = 0
        while size < _CHUNK:
            part = self._next()
            if not part:
                self._complete = True
                parts.append(self._scrub.finish())
                self._timer.cancel()
                break
            self._count(part)
            parts.append(self._scrub.add(part))
            size += len(part)
        return b"".join(parts)

    def _next(self) -> bytes:
        try:
            part = next(self._body, b"")
        except (requests.RequestException, OSError, ValueError) as error:
            if self._late:
                self._refuse_late()
            raise StorageError("the graph store broke its answer off") from error
        if self._late:
            self._refuse_late()
        return part

    def _count(self, part: bytes) -> None:
        limits = self._settings
        header = self.media_type in ("text/csv", "text/tab-separated-values")
        if self._rows.add(part) > limits.max_rows + header:
            raise QueryTooLarge(f"the answer has more than {limits.max_rows} rows")
        self._bytes += len(part)
        if self._bytes > limits.max_bytes:
            raise QueryTooLarge(f"the answer has more than {limits.max_bytes} bytes")

    def _refuse_status(self) -> None:
        """Tell a query that is wrong from a service that is; a position is all that is passed on of what it writes."""
        status = self._response.status_code
        if status == 200:
            return
        if status in (400, 406, 422):
            position = _POSITION.search(next(self._body, b"").decode(errors="replace"))
            where = "error at " + ":".join(part for part in position.groups() if part) if position else "not understood"
            raise QueryRefused(where, status=406 if status == 406 else 400)
        if status in (408, 504):
            self._refuse_late()
        raise StorageError(f"the graph store answers {status}")

    def _refuse_late(self) -> NoReturn:
        raise QueryTimeout(f"the query ran longer than {self._seconds:g} s and was stopped")

    def _expire(self) -> None:
        self._late = True
        with contextlib.suppress(ValueError, RuntimeError, OSError):  # closed in the meantime
            self._response.raw.shutdown()
