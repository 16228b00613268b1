"""Where the named graphs live: one contract, an embedded store and any SPARQL 1.1 service behind it, chosen by URL.

The graphs are a projection of SQL and objects: they can always be written again. Default graph of a query that names no
dataset: the union of all named graphs (https://www.w3.org/TR/sparql11-service-description/#sd-UnionDefaultGraph).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    # Query processes import this package and have to start in milliseconds: nothing heavy here at run time.
    from node.settings import SparqlSettings, StoreSettings

QueryKind = Literal["solutions", "boolean", "graph"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQuery:
    """A query that the protocol layer has read and admitted.

    Attributes:
        text: SPARQL 1.1 Query, without SERVICE.
        media_type: the format of the answer, one that suits the query's form.
        dataset: the query names its own dataset (FROM, FROM NAMED or the protocol's parameters); only then do the two
            lists below count, and what is not in them is not in the dataset (SPARQL 1.1 Query, section 13.2).
        default_graphs: graphs whose merge is the default graph.
        named_graphs: graphs that GRAPH sees.
        described: graphs that no store holds and a dataset may name all the same, what the endpoint says of itself:
            name and N-Triples of each that is named.
    """

    text: str
    media_type: str
    dataset: bool = False
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    described: tuple[tuple[str, str], ...] = ()


Charge = Callable[[float], None]
"""Called once a query has let go of the engine, whatever became of it, with the seconds it had it."""


class QueryAnswer(Protocol):
    """An answer on its way: read `chunks` to the end or `close` it, in any case `close` it.

    Attributes:
        kind: solutions (SELECT), boolean (ASK) or graph (CONSTRUCT, DESCRIBE).
        media_type: as asked for.
        snapshot: which state of the graphs was asked; `None` where the store cannot say.
        complete: all of it has arrived: nothing can go wrong any more.
    """

    kind: QueryKind
    media_type: str
    snapshot: str | None

    @property
    def complete(self) -> bool: ...

    def chunks(self) -> Iterator[bytes]:
        """Yield the answer's bytes.

        Raises:
            QueryRefused: it broke off (too late, too large, the process died): what was yielded is not an answer.
        """
        ...

    def close(self) -> None:
        """Let go of the answer; a query still running is stopped."""
        ...


class GraphWriter(Protocol):
    """The one writer. What a returned call wrote survives the process; after `replace_many` also a power cut."""

    def replace(self, graph: str, ntriples: str) -> None:
        """Make the graph hold exactly these statements, in one step; no statements means no graph.

        Args:
            graph: absolute IRI.
            ntriples: N-Triples (https://www.w3.org/TR/n-triples/).

        Raises:
            StorageError: not N-Triples, not an IRI, or the store refuses.
        """
        ...

    def replace_many(self, graphs: Sequence[tuple[str, str]]) -> None:
        """Replace graphs, each in one step, fastest where they do not exist yet.

        Raises:
            StorageError: see `replace`; the graphs before the refused one are written, those after it may be.
        """
        ...

    def graphs(self) -> Iterator[str]:
        """Yield the name of every graph."""
        ...

    def count(self) -> int:
        """Return how many statements there are in all graphs."""
        ...


class GraphStore(Protocol):
    """Named graphs that one process writes and everybody asks.

    Attributes:
        describes_itself: it evaluates queries whose dataset names graphs that are `GraphQuery.described`.
    """

    describes_itself: bool

    def writer(self, *, publish: bool = True) -> AbstractContextManager[GraphWriter | None]:
        """Become the writer, or get `None` where another process or thread is it.

        Args:
            publish: on leaving, show queries what was written, by this writer and by those before that did not publish.

        Raises:
            StorageError: the store cannot be opened.
        """
        ...

    def query(self, query: GraphQuery, *, timeout: float | None = None, charge: Charge | None = None) -> QueryAnswer:
        """Evaluate a query; most of what can go wrong goes wrong here, before the first byte.

        Args:
            timeout: seconds until it is stopped, the delivery of its answer included; `None` is the setting.
            charge: told the seconds it took, time in the queue not counted; not called where `Busy` is raised.

        Raises:
            QueryRefused: not SPARQL (status 400), or something the engine does not offer.
            QueryTimeout: stopped at its time limit.
            QueryTooLarge: too many rows, too many bytes, too much memory.
            Busy: every worker is taken and the queue is full.
            StorageError: the store does not answer.
        """
        ...

    def unpublished(self) -> bool:
        """Something was written that queries do not see yet."""
        ...

    def snapshot(self) -> str | None:
        """Return the state that a query would see now; equal states give equal answers. `None`: cannot say."""
        ...

    def clear(self) -> bool:
        """Remove every graph; `False` where another process is writing."""
        ...

    def check(self) -> tuple[str, ...]:
        """Try the store with a query and return what the operator should know, one sentence each.

        Raises:
            StorageError: it does not answer.
        """
        ...

    def close(self) -> None:
        """Stop every process and connection."""
        ...


def open_graph_store(url: str, home: Path, sparql: SparqlSettings, store: StoreSettings) -> GraphStore:
    """Open the store a URL names; nothing is started before it is used, so a server may fork after this.

    Args:
        url: `oxigraph:FOLDER` (below `home`) or `sparql+http(s)://host:port`.
        sparql: limits of queries.
        store: paths of a remote service, and who writes there.

    Raises:
        SettingsError: no such kind of store, or the password is not there.
    """
    from node.errors import SettingsError

    scheme, _, rest = url.partition(":")
    if scheme == "oxigraph" and rest:
        from node.storage.graphs.embedded import EmbeddedGraphs

        return EmbeddedGraphs(home / rest, sparql)
    if scheme in ("sparql+http", "sparql+https") and rest.startswith("//"):
        from node.storage.graphs.remote import RemoteGraphs

        base, account = url.removeprefix("sparql+").rstrip("/"), None
        if store.graphs_user:
            password = os.environ.get(store.graphs_password_env, "")
            if not password:
                variable = store.graphs_password_env
                raise SettingsError(f"store.graphs_password_env: the environment variable {variable} is empty")
            account = store.graphs_user, password
        return RemoteGraphs(base + store.graphs_query_path, base + store.graphs_update_path, sparql, account)
    raise SettingsError(f"[store] graphs = {url!r}: no such kind of graph store")
