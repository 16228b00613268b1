"""How the nodes of a record hang together: which resource a node is part of, and what tells it from its like.

What a record nests (agents, distributions, places) has an IRI below the record's, which no raw record knows. Where such
a node comes from is told by the properties that lead to it from the resource, and by its own texts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from node.mapping.pointers import Chain, Nested
from node.model.dcat import CLASSES
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import RDF_TYPE, expand


class Described:
    """The statements of a record by subject, with the way from a resource to each of its nodes.

    Attributes:
        words: all that it says as text.
    """

    def __init__(self, triples: Iterable[Triple], is_named: Callable[[str], bool]) -> None:
        """Index `triples`.

        Args:
            is_named: whether the raw record knows a node by its name: from such resources the ways begin, if there are.
        """
        self._about: dict[str, list[tuple[Iri, Node]]] = {}
        words = set()
        for subject, predicate, value in triples:
            self._about.setdefault(subject, []).append((predicate, value))
            if isinstance(value, Literal):
                words.add(value.value)
        self.words = frozenset(words)
        resources = [node for node, pairs in self._about.items() if any(pair in _RESOURCES for pair in pairs)]
        self._ways: dict[str, tuple[str, Chain]] = {}
        self._walk([node for node in resources if is_named(node)])
        for node in resources:
            self._walk([node] if node not in self._ways else [])

    def _walk(self, roots: Sequence[str]) -> None:
        self._ways |= {root: (root, ()) for root in roots}
        waiting = deque(roots)
        while waiting:
            node = waiting.popleft()
            root, way = self._ways[node]
            for predicate, value in self._about[node]:
                if predicate != RDF_TYPE and value in self._about and value not in self._ways:
                    self._ways[str(value)] = (root, (*way, predicate))
                    waiting.append(str(value))

    def place_of(self, node: str | None) -> tuple[str | None, Nested | None]:
        """Return the resource that a node is part of and how it lies in it; the node itself where it is no part."""
        root, way = self._ways.get(node or "", (node, ()))
        return (root, Nested(way=way, telling=self.texts(node))) if way else (node, None)

    def texts(self, node: str | None) -> frozenset[str]:
        """Return what is said of a node: its literals and links, and those of what it holds where it has none."""
        own = [value for predicate, value in self._about.get(node or "", ()) if predicate != RDF_TYPE]
        told = {one.value if isinstance(one, Literal) else str(one) for one in own if one not in self._about}
        inner = [] if told else [value for one in own for _, value in self._about[str(one)]]
        return frozenset(told | {one.value for one in inner if isinstance(one, Literal)})

    def lacking(self, value: str | None, chains: Sequence[Chain], needed: Sequence[Chain]) -> tuple[Chain, ...]:
        """Return the properties that a value was asked to have and has not, each a chain from the value on.

        Args:
            chains: of properties that lead to the value; the needed ones go on from there.
        """
        if value is None or value not in self._about:
            return ()
        begun = [(chain, begin) for chain in needed for begin in chains or [()] if chain[: len(begin)] == begin]
        rest = dict.fromkeys(chain[len(begin) :] for chain, begin in begun)
        return tuple(chain for chain in rest if chain and not self._ends(value, chain))

    def _ends(self, node: str, chain: Chain) -> bool:
        nodes = [node]
        for predicate in chain:
            nodes = [str(value) for one in nodes for name, value in self._about.get(one, ()) if name == predicate]
        return bool(nodes)


_RESOURCES = frozenset(
    (RDF_TYPE, Iri(name)) for name in (*CLASSES, expand("dcat:DatasetSeries"), expand("dcat:Catalog"))
)
