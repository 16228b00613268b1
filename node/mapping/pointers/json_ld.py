"""Where a property of a node is written in JSON-LD that was taken as RDF, whose members are properties.

Specification: JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/), sections 3.1 to 3.3 and 4.1. Names mean what the
contexts in the document say; of what a context elsewhere says, a name's last part is known only.
"""

from __future__ import annotations

from node.mapping.pointers.documents import Chain
from node.mapping.pointers.elements import fold
from node.mapping.pointers.notation import local_name, member
from node.mapping.pointers.parts import Part
from node.mapping.pointers.rdf_xml import RESOURCES

JSON_LD = "application/ld+json"
_DEPTH = 8


class JsonLd:
    """The node objects of a document, by what they are about."""

    def __init__(self, root: Part) -> None:
        """Find the contexts and node objects in `root`."""
        self._root = root
        self._terms: dict[str, str] = {}
        for part in root.walk():
            if part.iri == "@context":
                self._learn(part)
        self._nodes: dict[str, list[Part]] = {}
        self._own: list[Part] = []
        for part in root.walk():
            name = _value(part, "@id", "id")
            if name and len(part.below) > 1:
                self._nodes.setdefault(self._expanded(name), []).append(part)
            kinds = [kind for below in part.below if below.iri in ("@type", "type") for kind in below.texts()]
            if not RESOURCES.isdisjoint(map(self._expanded, kinds)):
                self._own.append(part)

    def at(self, focus: str | None, chain: Chain) -> list[Part]:
        """Return the members at the end of a chain of properties (IRIs) that starts at a resource."""
        nodes, places = self.subjects(focus), list[Part]()
        for number, property_iri in enumerate(chain):
            if number:
                nodes = [node for place in places for node in self._objects(place)]
            places = [part for node in nodes for part in node.below if self._means(part, property_iri)]
        return places

    def subjects(self, focus: str | None) -> list[Part]:
        """Return the node objects about a resource; where none names it, the document's own dataset or service."""
        return self._nodes.get(focus or "") or self._own[:1]

    def missing(self, focus: str | None, chain: Chain, holder: Part | None) -> str:
        """Return where a chain of properties would go on, in what there is of it."""
        above, rest = next(iter(self.subjects(focus)), self._root), chain
        for number in range(len(chain) - 1, 0, -1):
            places = self.at(focus, chain[:number])
            inside = [place for place in places if holder is not None and holder in place.lineage()]
            nodes = [node for place in inside or places for node in self._objects(place)]
            if nodes:
                above, rest = nodes[0], chain[number:]
                break
        pointer = above.path
        for property_iri in rest:
            pointer = member(pointer, self._term(property_iri))
        return pointer

    def names(self, node: str) -> bool:
        """Tell whether there are node objects about a resource."""
        return node in self._nodes

    def _learn(self, context: Part) -> None:
        for part in context.below:
            if part.name:
                self._terms.setdefault(part.iri, part.text or _value(part, "@id") or "")
            else:
                self._learn(part)

    def _expanded(self, name: str, depth: int = 0) -> str:
        """The IRI of a term or a compact IRI; the name itself where the document does not say."""
        if name in self._terms and self._terms[name] != name and depth < _DEPTH:
            return self._expanded(self._terms[name], depth + 1)
        prefix, colon, local = name.partition(":")
        if colon and prefix in self._terms and not local.startswith("//"):
            return self._expanded(self._terms[prefix], depth + 1) + local if depth < _DEPTH else name
        vocabulary = self._terms.get("@vocab", "")
        return vocabulary + name if vocabulary and not colon and not name.startswith("@") else name

    def _means(self, part: Part, property_iri: str) -> bool:
        iri = self._expanded(part.iri)
        return iri == property_iri or (":" not in iri and fold(part.name) == fold(local_name(property_iri)))

    def _term(self, iri: str) -> str:
        """What the document would call a property."""
        return next((name for name in self._terms if self._expanded(name) == iri), local_name(iri))

    def _objects(self, place: Part) -> list[Part]:
        """The node objects that a member holds or refers to."""
        if place.below and not place.below[0].name:
            return [node for item in place.below for node in self._objects(item)]
        target = place.text or _value(place, "@id", "id")
        if target and len(place.below) <= 1:
            return self._nodes.get(self._expanded(target), [])
        return [place] if place.below else []


def _value(part: Part, *names: str) -> str:
    return next((below.text for below in part.below if below.iri in names), "")
