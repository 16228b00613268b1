"""The endpoint's description of itself: SPARQL 1.1 Service Description (https://www.w3.org/TR/sparql11-service-description/)."""

from __future__ import annotations

import pyoxigraph as ox

from node.exposition.sparql import FORMATS

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_PREFIXES = {"sd": _SD, "format": _FORMATS}
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
}
_SERIALIZERS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}


def describe_service(endpoint: str, media_type: str) -> bytes:
    """Return the service description, serialised.

    Args:
        endpoint: the endpoint's public URL.
        media_type: one of the formats of CONSTRUCT.
    """
    service, dataset, graph = (ox.NamedNode(endpoint + part) for part in ("#service", "#dataset", "#default-graph"))
    rdf_type = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    media_types = dict.fromkeys(candidate.media_type for formats in FORMATS.values() for candidate in formats)
    triples = [
        ox.Triple(service, rdf_type, _sd("Service")),
        ox.Triple(service, _sd("endpoint"), ox.NamedNode(endpoint)),
        ox.Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        ox.Triple(service, _sd("feature"), _sd("UnionDefaultGraph")),
        *(ox.Triple(service, _sd("resultFormat"), ox.NamedNode(_FORMATS + _FORMAT_IRIS[name])) for name in media_types),
        ox.Triple(service, _sd("defaultDataset"), dataset),
        ox.Triple(dataset, rdf_type, _sd("Dataset")),
        ox.Triple(dataset, _sd("defaultGraph"), graph),
        ox.Triple(graph, rdf_type, _sd("Graph")),
    ]
    data = ox.serialize(triples, format=_SERIALIZERS[media_type], prefixes=_PREFIXES)
    assert data is not None
    return data


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)
