"""Evaluates one query over the published snapshot with pyoxigraph (https://pyoxigraph.readthedocs.io/).

Lives in a query process only. A result is made, read and dropped in one thread: pyoxigraph aborts otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol, cast

import pyoxigraph as ox

from node.namespaces import PREFIXES
from node.storage.graphs.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from node.storage.graphs.snapshots import Snapshots


class Output(Protocol):
    """Where an answer goes."""

    def begin(self, kind: str, snapshot: str) -> None:
        """Say what the answer is, before its first byte."""
        ...

    def counted(self, triples: Iterator[ox.Triple]) -> Iterator[ox.Triple]:
        """Pass triples on, up to the limit."""
        ...

    def write(self, data: bytes) -> int:
        """Take bytes."""
        ...


class Engine:
    """The snapshot that is published now, reopened when there is a newer one."""

    def __init__(self, folder: Path) -> None:
        self._snapshots = Snapshots(folder)
        self._open_newest()

    def answer(self, request: dict[str, Any], output: Output) -> None:
        """Evaluate a request and write its answer.

        Raises:
            SyntaxError: not SPARQL.
            MemoryError: not enough memory.
            Exception: whatever the engine or `output` raises; see `classify`.
        """
        if self._snapshots.current() != self._snapshot:
            self._open_newest()
        media_type = request["media_type"]
        result = self._query(request)
        file = cast("IO[bytes]", output)
        if isinstance(result, ox.QueryTriples):
            output.begin("graph", self._snapshot)
            ox.serialize(output.counted(result), file, GRAPH_FORMATS[media_type], prefixes=PREFIXES)
        else:
            output.begin("boolean" if isinstance(result, ox.QueryBoolean) else "solutions", self._snapshot)
            result.serialize(file, SOLUTION_FORMATS[media_type])

    def classify(self, problem: BaseException) -> str:
        """Name an engine's error: `unsupported` (the query's fault), `format` or `failed` (nobody knows)."""
        if isinstance(problem, KeyError):
            return "format"
        if isinstance(problem, RuntimeError | ValueError):
            return "unsupported"
        return "failed"

    def _open_newest(self) -> None:
        # The old store goes first: two of them would share one address space limit.
        self._store: ox.Store | None = None
        self._snapshot, path = self._snapshots.hold_newest()
        self._store = ox.Store() if path is None else ox.Store.read_only(str(path))

    def _query(self, request: dict[str, Any]) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        assert self._store is not None
        text, dataset = request["text"], request.get("dataset")
        if dataset is None:
            return self._store.query(text, use_default_graph_as_union=True)
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
            ox.NamedNode(name) for name in dict.fromkeys(dataset["default_graphs"])
        ]
        named: list[ox.NamedNode | ox.BlankNode] = [
            ox.NamedNode(name) for name in dict.fromkeys(dataset["named_graphs"])
        ]
        if len(default) < 2 and not dataset["described"]:
            return self._store.query(text, default_graph=default, named_graphs=named)
        # The engine reads several default graphs one after the other and tells a triple twice that is in two of them;
        # the merge (SPARQL 1.1 Query, section 13.1) is a set.
        merged = ox.Store()
        for graph, ntriples in dataset["described"]:
            described = ox.NamedNode(graph)
            quads = list(ox.parse(ntriples.encode(), ox.RdfFormat.N_TRIPLES))
            if described in default:
                merged.extend(quads)
            if described in named:
                merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object, described) for quad in quads)
        for graph_name in default:
            merged.extend(
                ox.Quad(quad.subject, quad.predicate, quad.object)
                for quad in self._store.quads_for_pattern(None, None, None, graph_name)
            )
        for graph_name in named:
            merged.extend(self._store.quads_for_pattern(None, None, None, graph_name))
        return merged.query(text, default_graph=[ox.DefaultGraph()], named_graphs=named)
