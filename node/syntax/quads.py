"""RDF datasets from strangers: TriG, N-Quads and JSON-LD with named graphs (https://www.w3.org/TR/rdf11-concepts/#section-dataset).

`parse_rdf` refuses named graphs, because a record is one graph; event streams and some catalogues need them.
"""

from __future__ import annotations

import pyoxigraph as ox

from node.errors import TooLarge
from node.model.rdf import Iri, Node
from node.syntax.budget import TermBudget
from node.syntax.contexts import with_contexts_inlined
from node.syntax.nesting import refuse_deep
from node.syntax.ntriples import node_of
from node.syntax.positions import oversized, refusal
from node.syntax.rdf import MAX_TRIPLES, parse_rdf
from node.syntax.xml import MAX_BYTES

Quad = tuple[Iri, Iri, Node, Iri | None]
"""Subject, predicate, object, and the name of the graph; `None` is the default graph."""


def parse_quads(
    data: bytes,
    media_type: str,
    *,
    base_iri: str,
    max_bytes: int = MAX_BYTES,
    max_quads: int = MAX_TRIPLES,
) -> tuple[Quad, ...]:
    """Return the quads of a document, each once, in its order.

    Args:
        data: the document.
        media_type: `application/trig`, `application/n-quads`, or one that `parse_rdf` reads; parameters are ignored.
        base_iri: absolute; relative IRIs are resolved against it, and blank nodes are named as `parse_rdf` names them,
            graphs included.
        max_bytes, max_quads: the largest document read.

    Raises:
        TooLarge: it passes a limit.
        Truncated: an RDF/XML document ends too early.
        SyntaxRefused: it is not RDF in that format, or as `parse_rdf` says.
    """
    name = media_type.partition(";")[0].strip().lower()
    if name not in _DATASETS:
        triples = parse_rdf(data, name, base_iri=base_iri, max_bytes=max_bytes, max_triples=max_quads)
        return tuple((subject, predicate, value, None) for subject, predicate, value in triples)
    if len(data) > max_bytes:
        raise TooLarge(f"the document has {len(data)} bytes, at most {max_bytes} are read")
    sent = data
    if name == "application/ld+json":
        data = with_contexts_inlined(data, max_bytes)
    else:
        refuse_deep(data)
    base = None if name == "application/n-quads" else base_iri
    found: dict[tuple[_Term, _Term, _Term, _Term], None] = {}
    met: set[_Term] = set()
    budget = TermBudget()
    try:
        for quad in ox.parse(data, _DATASETS[name], base_iri=base):
            for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
                if term not in met:
                    budget.spend(term)
                    met.add(term)
            found[(quad.subject, quad.predicate, quad.object, quad.graph_name)] = None
            if len(found) > max_quads:
                raise TooLarge(f"the document holds more than {max_quads} statements")
    except MemoryError as error:
        raise oversized(data, _DATASETS[name], base_iri=base, named_graphs=True) from error
    except (SyntaxError, ValueError) as error:
        format_ = _DATASETS[name]
        raise refusal(error, data, format_, base_iri=base, named_graphs=True, rewritten=data is not sent) from error
    names = _Names(base_iri, {term.value for term in met if isinstance(term, ox.NamedNode)})
    return tuple(
        (names.iri(subject), names.iri(predicate), names.node(value), names.graph(graph))
        for subject, predicate, value, graph in found
    )


_DATASETS = {
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | ox.DefaultGraph


class _Names:
    """Terms in the model's words, each made once."""

    def __init__(self, base_iri: str, taken: set[str]) -> None:
        self._stem = f"{base_iri}{'-' if '#' in base_iri else '#'}b"
        self._taken = taken
        self._number = 0
        self._known: dict[_Term, Node] = {}

    def node(self, term: _Term) -> Node:
        found = self._known.get(term)
        if found is None:
            assert not isinstance(term, ox.DefaultGraph)
            found = self._known[term] = self._fresh() if isinstance(term, ox.BlankNode) else node_of(term)
        return found

    def iri(self, term: _Term) -> Iri:
        node = self.node(term)
        assert isinstance(node, Iri)
        return node

    def graph(self, term: _Term) -> Iri | None:
        return None if isinstance(term, ox.DefaultGraph) else self.iri(term)

    def _fresh(self) -> Iri:
        while True:
            self._number += 1
            if (name := f"{self._stem}{self._number}") not in self._taken:
                return Iri(name)
