"""schema.org as JSON-LD, read: what pages hold for search engines, and Bioschemas profiles of it.

Specifications: https://schema.org/docs/schemas.html, JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/), usage after
https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md. Contexts are never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from node.errors import MappingError
from node.mapping.json_reading import JsonReading, Part, items, peek
from node.mapping.protocols import MappingContext
from node.mapping.schema_org.graph import Graph, iri
from node.mapping.schema_org.kinds import ORGANISATIONS, RANKS
from node.mapping.schema_org.reading import read_resource
from node.model.mapped import Mapped
from node.namespaces import PREFIXES
from node.syntax import JsonValue, parse_json


class SchemaOrg:
    """The crosswalk of `schema_org`."""

    prefixes: tuple[str, ...] = ("schema_org", "schema.org", "schemaorg", "schema", "bioschemas", "codemeta")
    namespaces: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json", "application/ld+json")

    def recognises(self, document: JsonValue) -> bool:
        """Tell whether a document describes something in schema.org's classes, and nothing in DCAT's."""
        reading = JsonReading(document)
        if not any("@context" in part.members for part in items(reading.root)):
            return False
        graph = Graph(reading)
        kinds = {kind for node in graph.nodes for kind in graph.types(node)}
        return bool(_catalogued(graph)) and not any(kind.startswith(PREFIXES["dcat"]) for kind in kinds)

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map the one resource a document describes; see `Crosswalk.read`."""
        reading = JsonReading(parse_json(payload))
        graph = Graph(reading)
        node = _main(graph, context)
        resource, extra = read_resource(graph, node, context)
        graph.settle()
        return Mapped(resource=resource, extra=extra, unmapped=reading.unmapped(), findings=tuple(reading.findings))


CROSSWALK = SchemaOrg()


def _main(graph: Graph, context: MappingContext) -> Part:
    """The node a document is about.

    It is, of the nodes that belong to no other, the only one of the first rank; else the one with the record's
    identifier; else the main entity of a page; else the first, with a finding.
    """
    ranked = _different(graph, _catalogued(graph))
    outer = _outermost(graph, ranked) or ranked
    groups = ([node for node in outer if rank & set(graph.types(node))] for rank in RANKS)
    found = next(filter(None, groups), [])
    if not found:
        raise MappingError("the document describes no Dataset, Service or other work in the terms of schema.org")
    for narrower in (_named(graph, found, context), _of_page(graph, found)):
        found = narrower if len(found) > 1 and narrower else found
    if len(found) > 1:
        name = graph.id(found[0]) or next(map(peek, graph.values(found[0], "name")), "")
        message = f"the document describes {len(found)} resources; read as the first, {name}"
        graph.reading.note("mapping.several-resources", message, found[0], name)
    return found[0]


def _catalogued(graph: Graph) -> list[Part]:
    """The nodes of classes that are catalogued; an organisation counts where the document is about it."""
    found = [node for node in graph.nodes if _RANKED & set(graph.types(node))]
    organisations = [node for node in found if set(graph.types(node)) & _RANKED <= ORGANISATIONS]
    if not organisations:
        return found
    named = {
        graph.id(value)
        for node in graph.nodes
        for value in graph.others(node, "mainEntity", "mainEntityOfPage", "about")
    } - {""}
    by_others = [node for node in organisations if graph.id(node) in named or not _TOP.fullmatch(node.pointer)]
    mains = {value.pointer for node in graph.nodes for value in graph.values(node, "mainEntity", "about")}
    return [node for node in found if node not in by_others or node.pointer in mains]


def _different(graph: Graph, nodes: list[Part]) -> list[Part]:
    """Each node once: objects of one `@id` are one node."""
    found: dict[str, Part] = {}
    for node in nodes:
        found.setdefault(graph.id(node) or f" {node.pointer}", node)
    return list(found.values())


def _named(graph: Graph, nodes: list[Part], context: MappingContext) -> list[Part]:
    wanted = {context.identifier, iri(context.identifier)}
    return [node for node in nodes if wanted & {graph.id(node), *map(peek, graph.values(node, "identifier", "url"))}]


def _of_page(graph: Graph, nodes: list[Part]) -> list[Part]:
    """The nodes that are the main entity of a page, said by either."""
    mains = {graph.id(value) or value.pointer for node in graph.nodes for value in graph.values(node, "mainEntity")}
    return [
        node for node in nodes if graph.values(node, "mainEntityOfPage") or (graph.id(node) or node.pointer) in mains
    ]


def _outermost(graph: Graph, nodes: list[Part]) -> list[Part]:
    """The nodes that belong to none of the others; those of a catalogue belong to themselves."""
    holders = [node for node in nodes if "DataCatalog" not in graph.types(node)]
    inner = {graph.id(value) for node in holders for value in graph.values(node, *_HOLDS)} - {""}
    outer = {node.pointer for node in holders}
    return [node for node in nodes if graph.id(node) not in inner and outer.isdisjoint(_above(node.pointer))]


def _above(pointer: str) -> Iterator[str]:
    """The pointers to what a value lies within, the innermost first."""
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


_TOP = re.compile(r"(/\d+)?(/@graph(/\d+)?)?")
_RANKED = frozenset().union(*RANKS)
# Properties whose values belong to the thing that has them.
_HOLDS = (
    "hasPart", "citation", "isBasedOn", "includedInDataCatalog", "mentions", "subjectOf", "serviceOutput",
    "distribution", "exampleOfWork", "workExample",
)  # fmt: skip
