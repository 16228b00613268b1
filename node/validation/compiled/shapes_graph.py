"""The shapes graph as its compilers read it: the values of a parameter, the members of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES
from node.validation.record_graph import NOTHING, BlankNode, Term, Values, canonical
from node.validation.statements import SH

_RDF = PREFIXES["rdf"]


class NotCompiled(Exception):
    """A shape cannot be compiled, or the referee judges it in a way of its own: it is left to the referee."""


class ShapesGraph:
    """The statements of shapes files.

    Attributes:
        strict_xsd: see `Profile.strict_xsd`.
    """

    def __init__(self, triples: Iterable[tuple[Term, Iri, Term]], *, strict_xsd: bool = False) -> None:
        self.strict_xsd = strict_xsd
        self._about: dict[Term, dict[str, Values]] = {}
        for subject, predicate, value in triples:
            self._about.setdefault(subject, {}).setdefault(predicate, {})[value] = None

    @classmethod
    def of(cls, quads: Iterable[ox.Quad | ox.Triple], *, strict_xsd: bool = False) -> ShapesGraph:
        """Read parsed statements."""
        triples = ((term(quad.subject), Iri(quad.predicate.value), term(quad.object)) for quad in quads)
        return cls(triples, strict_xsd=strict_xsd)

    def predicates(self, node: Term) -> Iterable[str]:
        """Return the properties of a node."""
        return self._about.get(node, {})

    def values(self, node: Term, predicate: str) -> Values:
        """Return the values of a property, given by its IRI."""
        return self._about.get(node, {}).get(predicate, NOTHING)

    def parameters(self, node: Term, local: str) -> Sequence[Term]:
        """Return the values of a SHACL property, given by its local name."""
        return tuple(self.values(node, SH + local))

    def only(self, node: Term, local: str) -> Term | None:
        """Return the one value of a SHACL property, `None` where there is none."""
        values = self.parameters(node, local)
        if len(values) > 1:
            raise NotCompiled(f"sh:{local} has {len(values)} values")
        return values[0] if values else None

    def subjects(self, local: str, value: Term) -> Sequence[Term]:
        """Return the nodes that have a value for a SHACL property."""
        return [node for node, said in self._about.items() if value in said.get(SH + local, NOTHING)]

    def items(self, head: Term) -> list[Term]:
        """Return the members of an RDF list (SHACL, section 1.1)."""
        members: list[Term] = []
        seen: set[Term] = set()
        while head != _RDF + "nil":
            first, rest = self.values(head, _RDF + "first"), self.values(head, _RDF + "rest")
            if len(first) != 1 or len(rest) != 1 or head in seen:
                raise NotCompiled("a list that is not well-formed")
            seen.add(head)
            members += first
            head = next(iter(rest))
        if not members:
            raise NotCompiled("a list without members")
        return members

    def is_class(self, node: Term) -> bool:
        """Tell whether a node is a class, by its types or by theirs being stated as kinds of class."""
        rdfs_class = Iri(PREFIXES["rdfs"] + "Class")
        kinds = self.values(node, _RDF + "type")
        return any(
            kind in (rdfs_class, PREFIXES["owl"] + "Class")
            or rdfs_class in self.values(kind, PREFIXES["rdfs"] + "subClassOf")
            for kind in kinds
        )


def term(node: object) -> Term:
    """Return a parsed term as the engine knows it."""
    if isinstance(node, ox.NamedNode):
        return Iri(node.value)
    if isinstance(node, ox.BlankNode):
        return BlankNode(f"_:{node.value}")
    assert isinstance(node, ox.Literal), "there are no quoted triples in shapes"
    datatype = None if node.language else Iri(node.datatype.value)
    return canonical(Literal(node.value, node.language, datatype))
