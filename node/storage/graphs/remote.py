"""A graph store behind the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/), with our limits in front.

The service has to answer a query that names no dataset from the union of its graphs, to apply each update request as a
whole, and to have federation (SERVICE) switched off or fenced in: the guard in front is no security boundary. What kind
of service it is, it is asked itself, before anything else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pyoxigraph as ox
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth

from node.errors import StorageError
from node.storage.graphs import Charge, GraphQuery, QueryAnswer
from node.storage.graphs.remote_answer import RemoteAnswer, cut_at
from node.storage.graphs.services import NO_GRAPH, Request, Service, Standard, table
from node.storage.graphs.virtuoso import SERVER as VIRTUOSO
from node.storage.graphs.virtuoso import met

if TYPE_CHECKING:
    from node.settings import SparqlSettings

_CONNECT, _PATIENCE = 5.0, 600.0
_JSON = "application/sparql-results+json"
# Writers and readers of a service may lock each other out (SQL state 40001); it then undoes the request as a whole.
_TRIES = 5
_DEADLOCK = b" 40001 "


class RemoteGraphs:
    """A `GraphStore` that is a service; one writer at a time in each process."""

    describes_itself = False

    def __init__(
        self, query_url: str, update_url: str, settings: SparqlSettings, account: tuple[str, str] | None = None
    ) -> None:
        """Args: account: user and password, for a service that asks for them (Digest, RFC 7616)."""
        self._query_url = query_url
        self._update_url = update_url
        self._settings = settings
        self._account = account
        self._service: Service | None = None
        self._state: str | None = None
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
        service = self.service()
        request = service.request(query, seconds)
        before = self._state or self.snapshot()
        answer = RemoteAnswer(
            partial(self._send, request, seconds), query, self._settings, seconds, charge, request.rewriting
        )
        if before is not None:
            # An answer that is written anew is here as a whole: what did not change until now did not while it came.
            try:
                answer.snapshot = before if self.snapshot() == before else None
            except BaseException:
                answer.close()
                raise
        return answer

    def unpublished(self) -> bool:
        """See `GraphStore.unpublished`: what is written is seen at once."""
        return False

    def snapshot(self) -> str | None:
        """See `GraphStore.snapshot`; only some kinds of service can say."""
        self._state = self.service().state(self.column)
        return self._state

    def clear(self) -> bool:
        """See `GraphStore.clear`."""
        with self.writer() as writer:
            if writer is None:
                return False
            for update in self.service().removals(writer.graphs):
                self.update(update)
            return True

    def check(self) -> tuple[str, ...]:
        """See `GraphStore.check`; that the node may write there is tried by removing a graph that is not there."""
        self.query(GraphQuery(text="ASK {}", media_type=_JSON), timeout=10).close()
        self.update(f"DROP SILENT GRAPH <{NO_GRAPH}>")
        return self.service().notes(self._settings.max_rows)

    def close(self) -> None:
        """See `GraphStore.close`: this thread's connections are closed, others with their threads."""
        session = getattr(self._local, "session", None)
        if session is not None:
            session.close()

    def service(self) -> Service:
        """Return how this service is spoken to.

        Raises:
            StorageError: it does not answer.
        """
        if self._service is None:
            try:
                probe = Request(fields=(("query", "ASK {}"),), accept=_JSON)
                with self._send(probe, self._settings.timeout) as response:
                    server = response.headers.get("Server", "")
            except requests.RequestException as error:
                raise StorageError(f"graph store {self._query_url} does not answer") from error
            if server.startswith(VIRTUOSO):
                self._service = met(self._ask)
            else:
                self._service = Standard()
        return self._service

    def update(self, text: str) -> None:
        """Send an update request.

        Raises:
            StorageError: the service refuses it or does not answer.
        """
        headers = {"Content-Type": "application/sparql-update; charset=utf-8", **self.service().update_headers}
        for attempt in range(_TRIES):
            try:
                response = self._session().post(
                    self._update_url,
                    data=text.encode(),
                    headers=headers,
                    timeout=(_CONNECT, _PATIENCE),
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise StorageError(f"graph store {self._update_url} does not answer") from error
            if response.ok:
                return
            if _DEADLOCK not in response.content[:100]:
                break
            time.sleep(0.1 * (attempt + 1))
        raise StorageError(f"graph store {self._update_url} refuses an update: {response.status_code}")

    def column(self, query: GraphQuery) -> tuple[list[str], bool]:
        """Return the text of the first column of a query of our own, and whether the service cut the answer.

        No limit of ours applies.

        Raises:
            StorageError: the service does not answer, or answers what is no table.
        """
        return self._ask(self.service().request(query, _PATIENCE))

    def _ask(self, request: Request) -> tuple[list[str], bool]:
        try:
            response = self._send(request, _PATIENCE)
            response.raise_for_status()
            body = response.iter_content(64 * 1024)
            text = b"".join(request.rewriting(body, lambda size: None) if request.rewriting else body)
            table = ox.parse_query_results(text, ox.QueryResultsFormat.JSON)
        except (requests.RequestException, OSError, ValueError, SyntaxError) as error:
            raise StorageError(f"graph store {self._query_url} does not answer") from error
        cut = cut_at(response)
        if cut == "time" or not isinstance(table, ox.QuerySolutions):
            raise StorageError(f"graph store {self._query_url} gives up a query of the node's own")
        terms = [row[0] for row in table]
        return [term.value for term in terms if isinstance(term, ox.NamedNode | ox.Literal)], cut is not None

    def _send(self, request: Request, seconds: float) -> requests.Response:
        """Send a query and return its answer with the body unread; may raise `requests.RequestException`."""
        for attempt in range(1, _TRIES + 1):
            response = self._session().post(
                self._query_url,
                data=request.fields,
                headers={"Accept": request.accept, "Accept-Encoding": "identity"},
                timeout=(_CONNECT, seconds),
                stream=True,
                allow_redirects=False,
            )
            failed = response.status_code == 500 and response.headers.get("Server", "").startswith(VIRTUOSO)
            if attempt == _TRIES or not failed or _DEADLOCK not in response.content[:100]:
                break
            time.sleep(0.02 * attempt)
        return response

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # a store next door is not reached through a proxy
            session.auth = HTTPDigestAuth(*self._account) if self._account else None
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
            update = self._store.service().replacement(ox.NamedNode(graph), ntriples, self._store.column)
        except (SyntaxError, ValueError) as error:
            raise StorageError(f"graph {graph}: {error}") from error
        self._store.update(update)

    def replace_many(self, graphs: Sequence[tuple[str, str]]) -> None:
        """See `GraphWriter.replace_many`."""
        for graph, ntriples in graphs:
            self.replace(graph, ntriples)

    def graphs(self) -> Iterator[str]:
        """See `GraphWriter.graphs`."""
        return self._store.service().names(self._store.column)

    def count(self) -> int:
        """See `GraphWriter.count`."""
        (count,), _ = self._store.column(table("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"))
        return int(count)
