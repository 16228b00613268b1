"""A metadata document in an XML encoding of ISO 19115 as a `Resource`, as GeoDCAT-AP 3 maps it.

GeoDCAT-AP 3.0: https://semiceu.github.io/GeoDCAT-AP/. One identification is one resource: a dataset (a series, a tile,
a sample too) or a service. What the document says of itself belongs to the catalogue record.
"""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping.elements import Reading, all_text, local_name, namespace
from node.mapping.envelope import take_whole
from node.mapping.iso import extents
from node.mapping.iso.citations import read_dates, read_names, read_relations
from node.mapping.iso.constraints import read_rights
from node.mapping.iso.distributions import distributions, read_offers
from node.mapping.iso.document import Document
from node.mapping.iso.encodings import Encoding, encoding_of
from node.mapping.iso.lineage_and_quality import add_resolution, derived_from, provenance, standards
from node.mapping.iso.links import addresses
from node.mapping.iso.responsible_parties import read_parties
from node.mapping.iso.services import Endpoint, read_endpoint
from node.mapping.iso.subjects import read_subjects
from node.mapping.offers import KIND_OF_TYPE
from node.mapping.protocols import MappingContext
from node.model.dcat import Resource, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.syntax import parse_xml
from node.terms import vocabularies


def read_metadata(payload: bytes, context: MappingContext, encoding: Encoding) -> Mapped:
    """Map a metadata document, also one within another element.

    Args:
        encoding: the one that the format promises; the namespace of the metadata counts for more.

    Raises:
        MappingError: there is no metadata element.
        SyntaxRefused: the payload did not pass the syntax gate.
    """
    payload_root = parse_xml(payload)
    root = next((one for one in payload_root.iter("*") if _METADATA.fullmatch(local_name(one))), None)
    if root is None:
        raise MappingError(f"{payload_root.tag!r} holds no MD_Metadata")
    reading = Reading(payload_root, root)
    known = encoding_of(namespace(root))
    if known is None:
        message = f"the metadata is in {namespace(root) or 'no namespace'}, not in {encoding.namespaces[0]}..."
        reading.note("mapping.namespace", message, root, namespace(root) or None)
    document = Document(reading, known or encoding)
    resource = _resource(document, context)
    for name in document.encoding.itself:
        take_whole(reading, *document.properties(document.root, name))
    extra = tuple((resource.iri, predicate, value) for predicate, value in dict.fromkeys(document.extra))
    return Mapped(resource=resource, extra=extra, unmapped=reading.unmapped(), findings=tuple(reading.findings))


def _resource(document: Document, context: MappingContext) -> Resource:
    identification = _identification(document)
    names = read_names(document, identification)
    kind, resource_type, type_labels = _type(document, identification)
    dates = read_dates(document, identification)
    parties = read_parties(document, identification)
    rights = read_rights(document, identification)
    subjects = read_subjects(document, identification)
    relations, sources = read_relations(document, identification)
    is_service = kind.is_offer
    offers = read_offers(document, identification, is_data=not is_service)
    links = [link for offer in offers for link in offer.links]
    endpoint = read_endpoint(document, identification, links) if is_service else Endpoint()
    pages = addresses(link for link in links if not link.gives_data)
    page = next(iter((*filter(None, (names.page,)), *pages, *filter(None, (names.doi,)))), None)
    # Of a service, what gives data and is not its endpoint is one more page about it.
    others = addresses(link for link in links if is_service and link.gives_data and not endpoint.is_at(link.url))
    main = tuple(names.own) or tuple(filter(None, (names.metadata,))) or (context.identifier,)
    _add_further(document, identification)
    return Resource(
        iri=names.doi or context.iri,
        kind=kind,
        title=document.literals(document.properties(identification, "citation/title")),
        description=_description(document, identification),
        identifiers=main[:1],
        alternate_identifiers=tuple(
            dict.fromkeys(name for name in (*main[1:], names.metadata) if name != main[0] and name)
        ),
        creators=tuple(parties.creators),
        contributors=tuple(parties.contributors),
        publisher=parties.publisher,
        contact_points=tuple(parties.contacts),
        issued=dates.issued,
        modified=dates.modified,
        created=dates.created,
        available=rights.embargo_end or dates.available,
        keywords=tuple(subjects.keywords),
        themes=tuple(subjects.themes),
        subjects=tuple(subjects.concepts),
        resource_type=resource_type,
        type_labels=type_labels,
        languages=_languages(document, identification),
        license=rights.license,
        rights=tuple(rights.statements),
        access_rights=rights.access_rights,
        is_open_access_claim=rights.is_open_access_claim,
        landing_page=page,
        pages=tuple(address for address in dict.fromkeys((*pages, *others)) if address != page),
        relations=relations,
        sources=tuple(dict.fromkeys((*sources, *derived_from(document)))),
        conforms_to=tuple(dict.fromkeys((*endpoint.standards, *standards(document)))),
        spatial=extents.places(document, identification),
        temporal=extents.periods(document, identification),
        provenance=provenance(document),
        version=document.first(identification, "citation/edition") or None,
        distributions=() if is_service else distributions(document, offers, page=page, licence=rights.license),
        endpoint_url=endpoint.url,
        endpoint_description=endpoint.description,
        serves=endpoint.serves,
        funding=tuple(parties.awards),
    )


def _identification(document: Document) -> Element | None:
    found = document.objects(document.root, "identificationInfo")
    if len(found) > 1:
        message = f"the metadata identifies {len(found)} resources, the first is taken"
        document.reading.note("mapping.several-resources", message, found[1])
    return found[0] if found else None


def _type(document: Document, identification: Element | None) -> tuple[ResourceKind, Iri | None, tuple[str, ...]]:
    """The class by the identification and the scope; the resource type by the scope, `MD_ScopeCode`."""
    kind, found = ResourceKind.DATASET, None
    labels: dict[str, None] = {}
    if identification is not None and local_name(identification) == "SV_ServiceIdentification":
        kind = ResourceKind.DATA_SERVICE
    for property_ in document.properties(document.root, *document.encoding.scope):
        text = " ".join(all_text(property_).split())
        code = document.code(property_)
        known = vocabularies.resource_type(_RESOURCE_TYPE + code) or (
            None if code in _OTHER_SCOPES else vocabularies.resource_type(code)
        )
        found = found or known
        kind = KIND_OF_TYPE.get(known, kind)
        if code and known is None:
            document.reading.note(
                "mapping.type-unknown", f"“{text or code}” is no known resource type", property_, code
            )
            labels[text or code] = None
    return kind, found, tuple(labels)


def _description(document: Document, identification: Element | None) -> tuple[Literal, ...]:
    properties = document.properties(identification, "abstract", "purpose", "supplementalInformation")
    return document.literals(properties, one_line=False)


def _languages(document: Document, identification: Element | None) -> tuple[Iri, ...]:
    """The languages of the resource; `eng; USA`, as profiles of North America write it, is English."""
    found: dict[Iri, None] = {}
    for property_ in document.properties(identification, *document.encoding.resource_language):
        written = document.value(property_).get("codeListValue", "").strip()
        document.reading.attribute(document.value(property_), "codeListValue")
        text = document.text(property_)
        known = vocabularies.language(written) or vocabularies.language(text.partition(";")[0].strip())
        if known:
            found[known] = None
        elif text or written:
            name = text or written
            document.reading.note("mapping.language-unknown", f"“{name}” is no known language", property_, name)
    return tuple(found)


def _add_further(document: Document, identification: Element | None) -> None:
    """Add what DCMI, DCAT or schema.org have words for and a `Resource` has no field for."""
    for path, predicate in _TEXTS:
        literals = document.literals(document.properties(identification, path))
        document.extra += ((expand(predicate), literal) for literal in literals)
    for property_ in document.properties(document.root, *document.encoding.measured):
        document.extra += ((expand("schema:variableMeasured"), literal) for literal in document.literals([property_]))
    for property_ in document.properties(identification, "resourceMaintenance/maintenanceAndUpdateFrequency"):
        frequency = vocabularies.frequency(
            " ".join(all_text(document.value(property_)).split())
        ) or vocabularies.frequency(document.value(property_).get("codeListValue", ""))
        if frequency:
            document.code(property_)
            document.extra.append((expand("dct:accrualPeriodicity"), frequency))
    for property_ in document.properties(identification, "graphicOverview/fileName"):
        address = document.link(property_)
        if address:
            document.extra.append((expand("schema:thumbnailUrl"), address))
    add_resolution(document, identification)


# Class names of profiles end as those of the standard do: `CHE_MD_Metadata`.
_METADATA = re.compile(r"(?:[A-Za-z]+_)?M[DI]_Metadata")
_RESOURCE_TYPE = "http://inspire.ec.europa.eu/metadata-codelist/ResourceType/"
# Words that mean something else in ISO 19115 than as a resource type of a repository.
_OTHER_SCOPES = frozenset({"model", "feature", "attribute", "document", "application"})
_TEXTS = (
    ("citation/alternateTitle", "dct:alternative"),
    ("citation/otherCitationDetails", "dct:bibliographicCitation"),
    ("credit", "schema:creditText"),
)
