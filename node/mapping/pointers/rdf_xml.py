"""Where a property of a node is written in RDF/XML, whose elements are properties.

Specification: RDF 1.1 XML Syntax (https://www.w3.org/TR/rdf-syntax-grammar/), sections 2.2 to 2.12.
"""

from __future__ import annotations

from node.mapping.pointers.documents import Chain
from node.mapping.pointers.notation import local_name
from node.mapping.pointers.parts import Part
from node.model.dcat import CLASSES, OFFER_CLASSES
from node.namespaces import PREFIXES

RDF = PREFIXES["rdf"]
RESOURCES = frozenset((*CLASSES, *OFFER_CLASSES, PREFIXES["dcat"] + "DatasetSeries"))
"""The classes of what a finding is about."""


class RdfXml:
    """The node elements of a document, by what they are about."""

    def __init__(self, root: Part) -> None:
        """Find the node elements below `root`."""
        self._root = root
        self._nodes: dict[str, list[Part]] = {}
        self._own: list[Part] = []
        for part in root.walk():
            for name in ("about", "ID", "nodeID"):
                value = _attribute(part, name)
                if value and not part.name.startswith("@") and _attribute(part, "resource") is None:
                    self._nodes.setdefault(value, []).append(part)
            types = [_attribute(kind, "resource") for kind in part.below if kind.iri == RDF + "type"]
            if part.iri in RESOURCES or not RESOURCES.isdisjoint(filter(None, types)):
                self._own.append(part)

    def names(self, node: str) -> bool:
        """Tell whether there are node elements about a resource."""
        return node in self._nodes

    def subjects(self, focus: str | None) -> list[Part]:
        """Return the node elements about a resource; where none names it, the document's own dataset or service."""
        return self._nodes.get(focus or "") or self._own[:1]

    def at(self, focus: str | None, chain: Chain) -> list[Part]:
        """Return the elements and attributes at the end of a chain of properties (IRIs) that starts at a resource."""
        places = nodes = self.subjects(focus)
        for number, property_iri in enumerate(chain):
            if number:
                nodes = [node for place in places for node in self._objects(place)]
            places = [part for node in nodes for part in node.below if part.iri == property_iri]
            if not places:
                return []
        return places

    def missing(self, focus: str | None, chain: Chain, holder: Part | None) -> str:
        """Return where a chain of properties would go on, in what there is of it."""
        above = next(iter(self.subjects(focus)), self._root)
        rest = tuple(chain)
        for number in range(len(chain) - 1, 0, -1):
            places = self.at(focus, chain[:number])
            inside = [place for place in places if holder is not None and holder in place.lineage()]
            nodes = [node for place in inside or places for node in self._objects(place)]
            if nodes:
                above, rest = nodes[0], chain[number:]
                break
        return "/".join([above.path, *map(local_name, rest)])

    def _objects(self, place: Part) -> list[Part]:
        """The node elements that a property element holds or refers to; itself where it is of parseType Resource."""
        for name in ("resource", "nodeID"):
            if target := _attribute(place, name):
                return self._nodes.get(target, [])
        inner = [part for part in place.below if not part.name.startswith("@")]
        return [place] if _attribute(place, "parseType") == "Resource" else inner


def _attribute(part: Part, name: str) -> str | None:
    return next((below.text for below in part.below if below.iri == RDF + name), None)
