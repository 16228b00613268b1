"""RO-Crate metadata documents: the root data entity as a dataset, its files as distributions.

Specification: RO-Crate 1.2 (https://w3id.org/ro/crate/1.2), and 1.0 and 1.1, whose documents differ in names only. The
flattened graph is read as it stands; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator

from node.errors import MappingError
from node.mapping.json_reading import JsonReading, Part, items, peek
from node.mapping.protocols import MappingContext
from node.mapping.schema_org.graph import Graph
from node.mapping.schema_org.reading import read_resource
from node.model.mapped import Mapped
from node.namespaces import expand
from node.syntax import JsonValue, parse_json


class RoCrate:
    """The crosswalk of `rocrate`."""

    prefixes: tuple[str, ...] = ("rocrate", "ro-crate", "ro_crate")
    namespaces: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json", "application/ld+json")

    def recognises(self, document: JsonValue) -> bool:
        """Tell whether a document names an RO-Crate context, or holds a metadata descriptor."""
        root = JsonReading(document).root
        contexts = items(Part("", root.members.get("@context")))
        if any(_SPECIFICATION in peek(one) for one in contexts):
            return True
        return any(_is_descriptor(peek(Part("", one.members.get("@id")))) for one in _entities(root))

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map the root data entity; see `Crosswalk.read`."""
        reading = JsonReading(parse_json(payload))
        graph = Graph(reading)
        root = _root(graph)
        files = tuple(_files(graph, root))
        resource, extra = read_resource(graph, root, context, files)
        graph.settle()
        return Mapped(resource=resource, extra=extra, unmapped=reading.unmapped(), findings=tuple(reading.findings))


CROSSWALK = RoCrate()

_SPECIFICATION = "w3id.org/ro/crate"


def _entities(root: Part) -> Iterator[Part]:
    return items(Part("", root.members.get("@graph")))


def _is_descriptor(name: str) -> bool:
    return name.endswith(("ro-crate-metadata.json", "ro-crate-metadata.jsonld"))


def _root(graph: Graph) -> Part:
    """The root data entity: what the metadata descriptor is about (section "Finding the Root Data Entity")."""
    descriptors = [node for node in graph.nodes if _is_descriptor(graph.id(node))]
    descriptors += [
        node
        for node in graph.nodes
        if any(_SPECIFICATION in graph.id(value) for value in graph.values(node, *_CONFORMS_TO))
    ]
    for descriptor in descriptors:
        for value in graph.values(descriptor, "about"):
            found = graph.named(graph.id(value))
            if found:
                _take_descriptor(graph, descriptor)
                return found[0]
    found = [node for name in ("./", ".") for node in graph.named(name)]
    if not found:
        raise MappingError("the document has no metadata descriptor that says what its root data entity is")
    message = "the crate has no metadata descriptor; “./” was read as its root data entity"
    graph.reading.note("mapping.document", message, found[0])
    return found[0]


def _take_descriptor(graph: Graph, descriptor: Part) -> None:
    graph.take(descriptor)
    graph.reading.take(*graph.values(descriptor, "about", *_CONFORMS_TO))


def _files(graph: Graph, root: Part) -> Iterator[Part]:
    """The files of the crate, those in its folders too; parts that are neither stay, and become links."""
    waiting, seen = [root], {graph.id(root)}
    while waiting:
        folder = waiting.pop(0)
        for value in graph.values(folder, "hasPart"):
            name = graph.id(value)
            described = graph.named(name)
            if not described or name in seen:
                continue
            seen.add(name)
            kinds = set(graph.types(described[0]))
            if kinds & _FILES:
                graph.reading.take(value)
                yield described[0]
            elif "Dataset" in kinds:
                waiting.append(described[0])
                if not name.startswith("http"):
                    graph.reading.take(value)


_CONFORMS_TO = ("conformsTo", expand("dct:conformsTo"))
_FILES = frozenset({"MediaObject", "File"})
