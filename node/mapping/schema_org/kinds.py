"""What kind of thing a node is: a dataset, or what is offered beside data, and its resource type.

Classes: https://schema.org/docs/full.html.
"""

from __future__ import annotations

from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.model.dcat import OFFER_CLASSES, ResourceKind
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import identifiers, vocabularies

ORGANISATIONS = frozenset(
    {"ResearchOrganization", *(str(iri) for iri, kind in OFFER_CLASSES.items() if kind is ResourceKind.INFRASTRUCTURE)}
)
"""The classes of infrastructures. Others are publishers and employers of what a document is about."""
_INSTRUMENTS = frozenset(
    {
        "IndividualProduct", "Product", "ProductModel",
        *(str(iri) for iri, kind in OFFER_CLASSES.items() if kind is ResourceKind.INSTRUMENT),
    }
)  # fmt: skip
_WEB_SERVICES = frozenset({"WebAPI", "WebApplication", ResourceKind.DATA_SERVICE.iri})
_SERVICES = frozenset({"Service", str(ResourceKind.SERVICE.iri)})
_OFFERS = frozenset({"WebAPI", *_INSTRUMENTS, *_SERVICES})
RANKS: tuple[frozenset[str], ...] = (
    frozenset({"Dataset", "DataFeed", "CompleteDataFeed"}),
    frozenset({"SoftwareSourceCode", "SoftwareApplication", "WebApplication", "MobileApplication"}),
    _OFFERS,
    frozenset({"DataCatalog"}),
    ORGANISATIONS,
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


def class_of(kind: ResourceKind, resource_type: Iri | None, *, has_endpoint: bool) -> str:
    """Return the class that a resource is written as; a data service with an endpoint is a WebAPI.

    A type of a vocabulary that is not known here, such as the EU's of datasets, narrows what a dataset is anyway.
    """
    if kind.is_offer:
        return "WebAPI" if has_endpoint else _CLASSES[kind]
    general = vocabularies.datacite_type(resource_type) if resource_type else None
    return _CLASSES_OF_TYPES.get(general, "CreativeWork") if general else _CLASSES[kind]


def kind_of(graph: Graph, node: Part) -> ResourceKind:
    """Return the kind: infrastructures, services, web applications and instruments are offered, all else is data.

    An application is a service where it has an endpoint, else software one can have. A service without one is used in
    other ways than by programs, so it is no data service, unless it says which data it gives.
    """
    kinds = set(graph.types(node))
    if kinds & RANKS[0]:
        return ResourceKind.DATASET
    if kinds & _INSTRUMENTS:
        return ResourceKind.INSTRUMENT
    is_reached = bool(graph.values(node, *_REACHED))
    if kinds & _WEB_SERVICES or (kinds & _APPLICATIONS and is_reached):
        return ResourceKind.DATA_SERVICE
    if kinds & _SERVICES:
        more = {peek(value) or graph.id(value) for value in graph.values(node, "additionalType")}
        is_of_data = is_reached or ResourceKind.DATA_SERVICE.iri in more
        return ResourceKind.DATA_SERVICE if is_of_data else ResourceKind.SERVICE
    return ResourceKind.INFRASTRUCTURE if kinds & ORGANISATIONS else ResourceKind.DATASET


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


_CLASSES = {
    ResourceKind.DATASET: "Dataset",
    ResourceKind.DATA_SERVICE: "Service",
    ResourceKind.SERVICE: "Service",
    ResourceKind.INFRASTRUCTURE: "ResearchOrganization",
    ResourceKind.INSTRUMENT: "IndividualProduct",
}
# By DataCite's resourceTypeGeneral.
_CLASSES_OF_TYPES = {
    "Audiovisual": "VideoObject",
    "Book": "Book",
    "BookChapter": "Chapter",
    "Collection": "Collection",
    "ComputationalNotebook": "SoftwareSourceCode",
    "ConferencePaper": "ScholarlyArticle",
    "DataPaper": "ScholarlyArticle",
    "Dataset": "Dataset",
    "Dissertation": "Thesis",
    "Image": "ImageObject",
    "JournalArticle": "ScholarlyArticle",
    "Preprint": "ScholarlyArticle",
    "Report": "Report",
    "Software": "SoftwareSourceCode",
    "Sound": "AudioObject",
}
_APPLICATIONS = frozenset({"SoftwareApplication", "MobileApplication"})
_REACHED = (
    "endpointUrl", "availableChannel", "potentialAction", "serviceOutput",
    expand("dcat:endpointURL"), expand("dcat:servesDataset"),
)  # fmt: skip
# Classes by the name that the vocabulary of resource types has for them.
_NAMES = {
    "CompleteDataFeed": "Dataset",
    "DataCatalog": "Collection",
    "DataFeed": "Dataset",
    "IndividualProduct": "Instrument",
    "MobileApplication": "Software",
    "Product": "Instrument",
    "ProductModel": "Instrument",
    "ResearchOrganization": "research infrastructure",
    "ScholarlyArticle": "JournalArticle",
    "SoftwareApplication": "Software",
    "SoftwareSourceCode": "source code",
    "WebAPI": "Service",
    "WebApplication": "Service",
}
