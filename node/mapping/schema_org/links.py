"""Links of schema.org between works, as DCMI, DCAT 3 and PROV have them, and the endpoints of services.

https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md#provenance-relationships;
https://schema.org/WebAPI, https://schema.org/ServiceChannel, https://schema.org/EntryPoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.mapping.datacite.relations import PREDICATES
from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.mapping.schema_org.identity import Identity
from node.model.dcat import Relation
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import identifiers

RELATIONS: tuple[tuple[str, str], ...] = (
    ("citation", "dct:references"),
    ("isPartOf", "dct:isPartOf"),
    ("includedInDataCatalog", "dct:isPartOf"),
    ("hasPart", "dct:hasPart"),
    ("dataset", "dct:hasPart"),
    ("exampleOfWork", "dcat:isVersionOf"),
    ("workExample", "dcat:hasVersion"),
    ("translationOfWork", "dct:isVersionOf"),
    ("workTranslation", "dct:hasVersion"),
    (expand("prov:wasRevisionOf"), "dcat:previousVersion"),
    ("softwareRequirements", "dct:requires"),
)
"""Properties of schema.org, or of others by their IRIs, and the properties they are read as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What a resource is linked with: other resources, its sources, documents about it."""

    relations: tuple[Relation, ...]
    sources: tuple[Iri, ...]
    pages: tuple[Iri, ...]


def relations(graph: Graph, node: Part, named: Identity, files: tuple[Part, ...] = ()) -> Links:
    """Return the links of a node; those without an address stay, those to itself or its files say nothing."""
    own = {*named.names, named.page, *named.pages, *map(graph.id, files)}
    found = {
        Relation(predicate=property_, target=target): None
        for name, property_ in _PROPERTIES
        for target in graph.links(node, name)
        if target not in own
    }
    pages = list(graph.links(node, "codeRepository", "releaseNotes", "softwareHelp"))
    for value in graph.values(node, "subjectOf"):
        # Metadata of other formats, as science-on-schema.org recommends it, else a document about the resource.
        is_metadata = graph.is_node(value) and bool(graph.values(value, "encodingFormat"))
        target = graph.link(value)
        if target and is_metadata:
            found[Relation(predicate=expand("foaf:isPrimaryTopicOf"), target=target)] = None
        elif target and target not in own:
            pages.append(target)
    sources = graph.links(node, "isBasedOn", "isBasedOnUrl", expand("prov:wasDerivedFrom"))
    return Links(relations=tuple(found), sources=sources, pages=tuple(dict.fromkeys(pages)))


def endpoint(graph: Graph, node: Part) -> tuple[Iri | None, Iri | None]:
    """Return the address a service answers at, and that of its description."""
    found = [
        *graph.links(node, "endpointUrl", expand("dcat:endpointURL")),
        *(one for channel in graph.values(node, "availableChannel") for one in _channel(graph, channel)),
        *(one for action in graph.values(node, "potentialAction") for one in _targets(graph, action)),
    ]
    descriptions = graph.links(node, "documentation", "endpointDescription", expand("dcat:endpointDescription"))
    return next(iter(found), None), next(iter(descriptions), None)


def serves(graph: Graph, node: Part) -> tuple[Iri, ...]:
    """Return the datasets a service offers (https://schema.org/serviceOutput)."""
    return graph.links(node, "serviceOutput", expand("dcat:servesDataset"))


def _channel(graph: Graph, channel: Part) -> tuple[Iri, ...]:
    found = graph.links(channel, "serviceUrl") if graph.is_node(channel) else ()
    if found:
        graph.take(channel)
    return found


def _targets(graph: Graph, action: Part) -> list[Iri]:
    found: list[Iri] = []
    for target in graph.values(action, "target") if graph.is_node(action) else ():
        for one in graph.values(target, "url", "urlTemplate") if graph.is_node(target) else [target]:
            address = identifiers.iri(_without_variables(peek(one)))
            if address:
                graph.text(one)
                graph.take(target)
                graph.take(action)
                found.append(address)
    return found


def _without_variables(template: str) -> str:
    """The address a URI template (RFC 6570) begins with, up to its query or its first variable."""
    start, brace, _ = template.partition("{")
    if not brace:
        return template
    address, query, _ = start.partition("?")
    return address if query else start[: start.rfind("/") + 1]


_OTHERWISE_READ = frozenset({expand("foaf:page"), expand("dct:source")})
_PROPERTIES = (
    *((name, expand(property_)) for name, property_ in RELATIONS),
    # Links in the words of DCMI, DCAT and PROV, which schema.org's own context has prefixes for.
    *((property_, property_) for property_ in dict.fromkeys(PREDICATES.values()) if property_ not in _OTHERWISE_READ),
)
