"""What the endpoint says of itself: SPARQL 1.1 Service Description (https://www.w3.org/TR/sparql11-service-description/)
and VoID (https://www.w3.org/TR/void/), exact for the snapshot that is described.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from node.exposition.sparql import FORMATS
from node.model.graph_counts import GraphCounts
from node.namespaces import PREFIXES

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_PREFIXES = {"sd": _SD, "format": _FORMATS, "pav": "http://purl.org/pav/"} | {
    name: PREFIXES[name] for name in ("dcat", "dct", "foaf", "rdfs", "void", "xsd")
}
# IRIs of https://www.w3.org/ns/formats/, which has none for aliases.
_FORMAT_IRIS = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/rdf+xml": "RDF_XML",
    "application/ld+json": "JSON-LD",
    "application/trig": "TriG",
}
_SERIALIZERS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
}
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_GEOF = "http://www.opengis.net/def/function/geosparql/"
GEOSPARQL_FUNCTIONS = tuple(
    _GEOF + name
    for name in (
        *("distance", "sfEquals", "sfDisjoint", "sfIntersects", "sfTouches", "sfCrosses", "sfWithin", "sfContains"),
        *("sfOverlaps", "ehEquals", "ehDisjoint", "ehMeet", "ehOverlap", "ehCovers", "ehCoveredBy", "ehInside"),
        *("ehContains", "rcc8eq", "rcc8dc", "rcc8ec", "rcc8po", "rcc8tppi", "rcc8tpp", "rcc8ntpp", "rcc8ntppi"),
    )
)
"""Functions beyond SPARQL's own that the embedded engine has (GeoSPARQL 1.1, OGC 22-047r1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The endpoint to be described.

    Attributes:
        base_url: of the node.
        title: of its catalogue.
        federated: SERVICE is evaluated for some endpoints.
        embedded: the engine is the node's own.
    """

    base_url: str
    title: str
    federated: bool
    embedded: bool

    @property
    def url(self) -> str:
        """The endpoint's public URL."""
        return f"{self.base_url}/sparql"

    @property
    def void(self) -> str:
        """Where the VoID description is, and the name of the graph that it is."""
        return f"{self.base_url}/.well-known/void"

    @property
    def examples(self) -> str:
        """Where the example queries are, and the name of the graph that they are."""
        return f"{self.base_url}/.well-known/sparql-examples"


Triples = Iterator[ox.Triple]


def write(triples: Triples, media_type: str) -> bytes:
    """Return triples serialised.

    Args:
        media_type: one of the formats of CONSTRUCT.
    """
    data = ox.serialize(triples, format=_SERIALIZERS[media_type], prefixes=_PREFIXES)
    assert data is not None
    return data


def describe_service(endpoint: Endpoint, counts: GraphCounts | None) -> Triples:
    """Yield the service description.

    Args:
        counts: of the default graph; `None` leaves them out.
    """
    service, dataset, graphs = (ox.NamedNode(f"{endpoint.url}#{name}") for name in ("service", "dataset", "graphs"))
    media_types = dict.fromkeys(candidate.media_type for formats in FORMATS.values() for candidate in formats)
    yield ox.Triple(service, _TYPE, _sd("Service"))
    yield ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint.url))
    yield ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield ox.Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    if endpoint.federated:
        yield ox.Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for name in media_types:
        yield ox.Triple(service, _sd("resultFormat"), ox.NamedNode(_FORMATS + _FORMAT_IRIS[name]))
    for function in GEOSPARQL_FUNCTIONS if endpoint.embedded else ():
        yield ox.Triple(service, _sd("extensionFunction"), ox.NamedNode(function))
        yield ox.Triple(ox.NamedNode(function), _TYPE, _sd("Function"))
    yield ox.Triple(service, _sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, _TYPE, _sd("Dataset"))
    yield ox.Triple(dataset, _sd("defaultGraph"), _default_graph(endpoint))
    yield ox.Triple(_default_graph(endpoint), _TYPE, _sd("Graph"))
    yield ox.Triple(_default_graph(endpoint), _term("rdfs:seeAlso"), ox.NamedNode(endpoint.void))
    yield ox.Triple(service, _sd("availableGraphs"), graphs)
    yield ox.Triple(graphs, _TYPE, _sd("GraphCollection"))
    text = "Besides those named here, every record has a graph, named by its dcat:CatalogRecord, and every shared agent"
    yield ox.Triple(graphs, _term("rdfs:comment"), ox.Literal(f"{text}, named by itself.", language="en"))
    of_its_own = (endpoint.void, endpoint.examples) if endpoint.embedded else ()
    for number, name in enumerate((f"{endpoint.base_url}/catalog", *of_its_own)):
        graph = ox.NamedNode(f"{endpoint.url}#graph-{number}")
        yield ox.Triple(graphs, _sd("namedGraph"), graph)
        yield ox.Triple(graph, _TYPE, _sd("NamedGraph"))
        yield ox.Triple(graph, _sd("name"), ox.NamedNode(name))
    if counts is not None:
        yield from _counts(endpoint, counts)


def describe_dataset(endpoint: Endpoint, counts: GraphCounts) -> Triples:
    """Yield the VoID description of the default graph."""
    document, graph = ox.NamedNode(endpoint.void), _default_graph(endpoint)
    yield ox.Triple(document, _TYPE, _term("void:DatasetDescription"))
    yield ox.Triple(document, _term("foaf:primaryTopic"), graph)
    yield ox.Triple(graph, _term("dct:title"), ox.Literal(endpoint.title))
    yield ox.Triple(graph, _term("void:sparqlEndpoint"), ox.NamedNode(endpoint.url))
    yield ox.Triple(graph, _term("void:rootResource"), ox.NamedNode(f"{endpoint.base_url}/catalog"))
    yield ox.Triple(graph, _term("void:uriSpace"), ox.Literal(f"{endpoint.base_url}/"))
    yield from _counts(endpoint, counts)
    for kind, parts in (("class", counts.classes), ("property", counts.properties)):
        for name, count in parts:
            part = ox.NamedNode(f"{endpoint.void}#{kind}-{hashlib.sha256(name.encode()).hexdigest()[:16]}")
            yield ox.Triple(graph, _term(f"void:{kind}Partition"), part)
            yield ox.Triple(part, _term(f"void:{kind}"), ox.NamedNode(name))
            yield ox.Triple(part, _term("void:entities" if kind == "class" else "void:triples"), ox.Literal(count))


def _counts(endpoint: Endpoint, counts: GraphCounts) -> Triples:
    graph = _default_graph(endpoint)
    yield ox.Triple(graph, _TYPE, _term("void:Dataset"))
    if counts.snapshot is not None:
        yield ox.Triple(graph, ox.NamedNode(_PREFIXES["pav"] + "version"), ox.Literal(counts.snapshot))
    for name, count in (
        ("triples", counts.triples),
        ("distinctSubjects", counts.subjects),
        ("distinctObjects", counts.objects),
        ("classes", len(counts.classes)),
        ("properties", len(counts.properties)),
    ):
        yield ox.Triple(graph, _term(f"void:{name}"), ox.Literal(count))


def _default_graph(endpoint: Endpoint) -> ox.NamedNode:
    return ox.NamedNode(f"{endpoint.url}#default-graph")


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _term(curie: str) -> ox.NamedNode:
    prefix, _, local = curie.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)
