"""Kinds of graph services, told apart by what they answer, and how the node speaks to each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyoxigraph as ox

from node.storage.graphs import GraphQuery
from node.storage.graphs.rewritten import Rewriting

NO_GRAPH = "urn:fairnode:no-graph"
"""A graph that nobody has: named where a dataset is to be empty."""
_JSON = "application/sparql-results+json"
_NAMES = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A query on its way to a service.

    Attributes:
        fields: of the form that is sent (SPARQL 1.1 Protocol, section 2.1.2).
        accept: the media type that is asked for.
        rewriting: makes of the answer what the query asks for; `None` where it is that already.
    """

    fields: tuple[tuple[str, str], ...]
    accept: str
    rewriting: Rewriting | None = None


Column = Callable[[GraphQuery], tuple[list[str], bool]]
"""Asks a query of our own (`table`); returns the text of the first column, and whether the service cut the answer."""


def table(text: str, graphs: tuple[str, ...] = ()) -> GraphQuery:
    """Return a SELECT query of our own, over some graphs or over all."""
    return GraphQuery(text=text, media_type=_JSON, dataset=bool(graphs), default_graphs=graphs)


class Service(Protocol):
    """How one kind of service is spoken to.

    Attributes:
        update_headers: sent with each update.
    """

    @property
    def update_headers(self) -> Mapping[str, str]: ...

    def request(self, query: GraphQuery, seconds: float) -> Request:
        """Return what to send.

        Raises:
            QueryRefused: it cannot be asked of this service.
        """
        ...

    def replacement(self, graph: ox.NamedNode, ntriples: str, column: Column) -> str:
        """Return the update request after which a graph holds these statements and no other, in one step.

        Args:
            column: asks what is there.

        Raises:
            SyntaxError: the text is not N-Triples.
            ValueError: the service cannot hold it.
        """
        ...

    def removals(self, names: Callable[[], Iterable[str]]) -> Iterator[str]:
        """Yield update requests that remove every graph; `names` lists them."""
        ...

    def names(self, column: Column) -> Iterator[str]:
        """Yield the name of every graph that is not the service's own.

        Raises:
            StorageError: the service does not tell all of them.
        """
        ...

    def notes(self, max_rows: int) -> tuple[str, ...]:
        """Return what the operator should know, one sentence each.

        Args:
            max_rows: that the node would give.
        """
        ...

    def state(self, column: Column) -> str | None:
        """Return a name of what the graphs say now, which no earlier or later state has; `None` where there is none."""
        ...


class Standard:
    """A service that does what the specifications say, such as `oxigraph serve`."""

    update_headers: Mapping[str, str] = {}

    def request(self, query: GraphQuery, seconds: float) -> Request:
        """See `Service.request`."""
        fields = [("query", query.text)]
        if query.dataset:
            fields += dataset_fields(query.default_graphs, query.named_graphs)
        else:
            # Oxigraph's switch; other services have the union as their default or in their configuration.
            fields.append(("union-default-graph", "true"))
        # Turtle is TriG without named graphs, and every service writes it.
        accept = "text/turtle" if query.media_type == "application/trig" else query.media_type
        return Request(fields=tuple(fields), accept=accept)

    def replacement(self, graph: ox.NamedNode, ntriples: str, column: Column) -> str:
        """See `Service.replacement`."""
        # Checked first: text that is not N-Triples could close the braces and go on as an update of its own.
        for _ in ox.parse(ntriples.encode(), ox.RdfFormat.N_TRIPLES):
            pass
        insert = f"; INSERT DATA {{ GRAPH {graph} {{\n{ntriples}\n}} }}" if ntriples.strip() else ""
        return f"DROP SILENT GRAPH {graph}{insert}"

    def removals(self, names: Callable[[], Iterable[str]]) -> Iterator[str]:
        """See `Service.removals`."""
        yield "DROP NAMED"

    def names(self, column: Column) -> Iterator[str]:
        """See `Service.names`."""
        return iter(column(table(_NAMES))[0])

    def notes(self, max_rows: int) -> tuple[str, ...]:
        """See `Service.notes`."""
        return ()

    def state(self, column: Column) -> str | None:
        """See `Service.state`; what the node would note beside the graphs would be part of their union."""
        return None


def dataset_fields(default_graphs: Sequence[str], named_graphs: Sequence[str]) -> list[tuple[str, str]]:
    """Return the fields that name a dataset; one that is empty is named too, or it would be the service's own."""
    fields = [("default-graph-uri", name) for name in default_graphs or (NO_GRAPH,)]
    return fields + [("named-graph-uri", name) for name in named_graphs or (NO_GRAPH,)]
