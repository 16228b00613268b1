"""What kind of thing a node is: a dataset or a service in DCAT's sense, and its resource type.

Classes: https://schema.org/docs/full.html.
"""

from __future__ import annotations

from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.model.dcat import ResourceKind
from node.model.rdf import Iri
from node.terms import identifiers, vocabularies

RANKS: tuple[frozenset[str], ...] = (
    frozenset({"Dataset", "DataFeed", "CompleteDataFeed"}),
    frozenset({"SoftwareSourceCode", "SoftwareApplication", "WebApplication", "MobileApplication"}),
    frozenset({"WebAPI", "Service", "IndividualProduct", "Product", "ProductModel"}),
    frozenset({"DataCatalog"}),
    frozenset(
        {
            "Article", "ScholarlyArticle", "Report", "Thesis", "Book", "Chapter", "Collection", "CreativeWork",
            "DigitalDocument", "ImageObject", "VideoObject", "AudioObject", "MediaObject", "3DModel", "Map",
            "LearningResource", "Course", "DefinedTermSet", "HowTo", "Poster", "PresentationDigitalDocument",
            "SpreadsheetDigitalDocument", "TextDigitalDocument",
        }
    ),
)  # fmt: skip
"""The classes that are catalogued, those meant first where a document describes several."""


def kind_of(graph: Graph, node: Part) -> ResourceKind:
    """Return the kind: services, web applications and instruments are offered, all else is data.

    An application is a service where it has an endpoint, else software one can have.
    """
    kinds = set(graph.types(node))
    if kinds & RANKS[0]:
        return ResourceKind.DATASET
    is_reached = bool(graph.values(node, "endpointUrl", "availableChannel", "potentialAction"))
    if kinds & _OFFERED or (kinds & _APPLICATIONS and is_reached):
        return ResourceKind.DATA_SERVICE
    return ResourceKind.DATASET


def types(graph: Graph, node: Part) -> tuple[Iri | None, tuple[str, ...]]:
    """Return the resource type, the narrower one of `additionalType` first, and the names of types not known."""
    found: Iri | None = None
    labels: dict[str, None] = {}
    for value in graph.values(node, "additionalType", "serviceType"):
        text = peek(value) or graph.id(value)
        known = vocabularies.resource_type(text)
        if known or (text and not identifiers.iri(text)):
            graph.text(value)
            graph.take(value)
        if known is None and text and not identifiers.iri(text):
            graph.reading.note("mapping.type-unknown", f"“{text}” is no known resource type", value, text)
            labels[text] = None
        found = found or known
    kinds = graph.types(node)
    for kind in kinds:
        # Of a class of another vocabulary, only what it is a kind of is known.
        found = found or vocabularies.resource_type(_NAMES.get(kind, kind))
    if found is None and not labels:
        names = [kind for kind in kinds if ":" not in kind]
        for name in names[:1]:
            graph.reading.note("mapping.type-unknown", f"“{name}” is no known resource type", node, name)
            labels[name] = None
    return found, tuple(labels)


_APPLICATIONS = frozenset({"SoftwareApplication", "MobileApplication"})
_OFFERED = frozenset({"WebAPI", "Service", "WebApplication", "IndividualProduct", "Product", "ProductModel"})
# Classes by the name that the vocabulary of resource types has for them.
_NAMES = {
    "CompleteDataFeed": "Dataset",
    "DataCatalog": "Collection",
    "DataFeed": "Dataset",
    "MobileApplication": "Software",
    "ScholarlyArticle": "JournalArticle",
    "SoftwareApplication": "Software",
    "SoftwareSourceCode": "source code",
    "WebAPI": "Service",
    "WebApplication": "Service",
}
