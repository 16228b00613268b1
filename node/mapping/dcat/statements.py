"""An RDF payload being read: every triple that a rule takes is remembered, the rest is kept and reported.

The counterpart of `node.mapping.elements` for payloads that are RDF already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from node.mapping.reservations import reservation
from node.model.mapped import Unmapped
from node.model.rdf import Iri, Literal, Node, Triple
from node.model.report import Finding
from node.namespaces import PREFIXES, RDF_TYPE, expand
from node.terms import identifiers


class Statements:
    """The triples of one payload.

    Attributes:
        findings: what was taken with reservations, in reading order.
    """

    def __init__(self, triples: Iterable[Triple], *, minted: str) -> None:
        """Start reading.

        Args:
            minted: what the IRIs of former blank nodes start with.
        """
        self.findings: list[Finding] = []
        self._blank = minted
        self._minted: tuple[str, ...] = (minted,)
        self._about: dict[Iri, dict[Iri, list[Node]]] = {}
        self._taken: set[Triple] = set()
        self._names: dict[Iri, Iri] = {}
        self._apart: set[Iri] = set()
        for subject, predicate, value in triples:
            self._about.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def subjects(self) -> Iterator[Iri]:
        """Return every subject, in document order."""
        return iter(self._about)

    def describes(self, node: Node) -> bool:
        """Say whether anything is stated about a node."""
        return isinstance(node, Iri) and node in self._about

    def types(self, node: Iri) -> list[Node]:
        """Return the classes of a node, without taking them."""
        return self._about.get(node, {}).get(RDF_TYPE, [])

    def objects(self, node: Iri) -> Iterator[tuple[Iri, Node]]:
        """Return the predicates and values of a node, without taking them."""
        return ((predicate, value) for predicate, values in self._about.get(node, {}).items() for value in values)

    def values(self, subject: Iri, *predicates: Iri) -> list[tuple[Iri, Node]]:
        """Return (predicate, value) pairs of some predicates, in their order, without taking them."""
        about = self._about.get(subject, {})
        return [(predicate, value) for predicate in predicates for value in about.get(predicate, ())]

    def take(self, subject: Iri, predicate: Iri, value: Node) -> None:
        """Mark a triple as consumed by a rule."""
        self._taken.add((subject, predicate, value))

    def literals(self, subject: Iri, *predicates: Iri) -> tuple[Literal, ...]:
        """Take the literals of some predicates, each once; empty ones are taken and dropped."""
        found: dict[Literal, None] = {}
        for predicate, value in self.values(subject, *predicates):
            if isinstance(value, Literal):
                self.take(subject, predicate, value)
                if value.value.strip():
                    found[value] = None
        return tuple(found)

    def text(self, subject: Iri, *predicates: Iri) -> str:
        """Take the literals of some predicates and return the first one's text; empty where there is none."""
        return next((literal.value.strip() for literal in self.literals(subject, *predicates)), "")

    def links(self, subject: Iri, *predicates: Iri) -> Iterator[tuple[Iri, Iri]]:
        """Take, one by one as they are asked for, the links of some predicates: (predicate, IRI that was not blank).

        An address written as a literal is taken too, with a note; other literals stay.
        """
        for predicate, value in self.values(subject, *predicates):
            if isinstance(value, Literal):
                link = identifiers.iri(value.value)
                if link is None:
                    continue
                message = f"{curie(predicate)} holds the address “{value.value}” as text; read as a link"
                self.note("mapping.address-as-text", message, predicate, value)
            elif self.is_minted(value):
                continue
            else:
                link = value
            self.take(subject, predicate, value)
            yield predicate, link

    def iris(self, subject: Iri, *predicates: Iri) -> tuple[Iri, ...]:
        """Take all links of some predicates, each once."""
        return tuple(dict.fromkeys(link for _, link in self.links(subject, *predicates)))

    def first(self, subject: Iri, *predicates: Iri) -> Iri | None:
        """Take the first link of some predicates; further ones stay as they are."""
        return next((link for _, link in self.links(subject, *predicates)), None)

    def nest(self, resource: Iri) -> None:
        """Say that fragments of a resource's IRI, as peers of this node write them, are nested things of it."""
        if "#" not in resource:
            self._minted = (self._blank, f"{resource}#")

    def was_blank(self, node: Node) -> bool:
        """Say whether a node was blank in the payload."""
        return isinstance(node, Iri) and node.startswith(self._blank)

    def is_minted(self, node: Node) -> bool:
        """Say whether a node has no identity of its own: it was blank, or is a fragment of the resource."""
        return isinstance(node, Iri) and node.startswith(self._minted)

    def rename(self, node: Iri, name: Iri) -> None:
        """Give a former blank node the IRI that the record's own triples will use for it."""
        if self.is_minted(node):
            self._names.setdefault(node, name)

    def take_part(self, subject: Iri, predicate: Iri, node: Node, name: str) -> None:
        """Take the link to a nested thing; a former blank node is called `name` and its classes are taken too."""
        self.take(subject, predicate, node)
        if isinstance(node, Iri) and self.is_minted(node):
            self.rename(node, Iri(name))
            self.take_types(node)

    def take_types(self, node: Iri) -> None:
        """Take the classes that `node.mapping.dcat_ap` writes again; others stay."""
        for kind in self.types(node):
            if kind in _WRITTEN_CLASSES:
                self.take(node, RDF_TYPE, kind)

    def set_apart(self, node: Iri) -> None:
        """Say that a node is shared between records: what no rule took of it is reported, never kept in this record."""
        self._apart.add(node)

    def note(self, code: str, message: str, predicate: Iri | None = None, value: Node | None = None) -> None:
        """Say that something was taken with reservations; `code` is one of `RESERVATIONS`."""
        text = value.value if isinstance(value, Literal) else value
        path = None if predicate is None else curie(predicate)
        self.findings.append(reservation(code, message, path=path, value=text))

    def rest(self, primary: Iri, others: set[Iri], known: frozenset[Iri]) -> tuple[list[Triple], list[Unmapped]]:
        """Return the reachable triples that no rule took, and the account of those no rule knows.

        Args:
            primary: where to start.
            others: resources of their own; the walk ends at them.
            known: predicates that some rule reads; a value it could not use is a finding, not unmapped.
        """
        extra: list[Triple] = []
        unmapped: list[Unmapped] = []
        waiting, seen = [primary], {primary}
        while waiting:
            node = waiting.pop(0)
            for predicate, value in self.objects(node):
                follow = isinstance(value, Iri) and value in self._about and value not in others
                if isinstance(value, Iri) and follow and value not in seen and predicate != RDF_TYPE:
                    seen.add(value)
                    waiting.append(value)
                if (node, predicate, value) in self._taken:
                    continue
                if node in self._apart:
                    path = f"{curie(self._name(node))}/{curie(predicate)}"
                else:
                    path = curie(predicate)
                    extra.append((self._name(node), predicate, self._name(value) if isinstance(value, Iri) else value))
                if node in self._apart or predicate not in known:
                    text = value.value if isinstance(value, Literal) else value
                    unmapped.append(Unmapped(path=path, value=text[:200]))
        return extra, unmapped

    def _name(self, node: Iri) -> Iri:
        return self._names.get(node, node)


def curie(iri: Iri) -> str:
    """Return an IRI with the prefix of `node.namespaces`, or as it is where there is none."""
    for prefix, start in PREFIXES.items():
        if iri.startswith(start):
            return f"{prefix}:{iri.removeprefix(start)}"
    return iri


_WRITTEN_CLASSES = frozenset(
    map(
        expand,
        (
            "foaf:Agent", "foaf:Person", "foaf:Organization", "vcard:Kind", "dct:Location", "dct:PeriodOfTime",
            "adms:Identifier", "skos:Concept", "dct:RightsStatement", "dct:LicenseDocument",
            "dct:ProvenanceStatement", "schema:Grant",
        ),
    )
)  # fmt: skip
