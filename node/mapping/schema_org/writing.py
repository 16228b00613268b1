"""A `Resource` as JSON-LD in schema.org's terms, for search engines and for pages to hold.

https://schema.org/Dataset, https://schema.org/WebAPI, https://schema.org/Service; usage after
https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md. What schema.org has no word for is said in
DCMI's and DCAT's, under prefixes that the document declares. `node.mapping.schema_org.reading` reads it all again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from node.mapping.funding import Award
from node.mapping.schema_org import writing_parts as parts
from node.mapping.schema_org.kinds import class_of
from node.mapping.schema_org.links import RELATIONS
from node.mapping.schema_org.writing_parts import Members
from node.model.dcat import Resource, ResourceKind
from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES, expand
from node.syntax import JsonValue, xml_text
from node.terms import vocabularies


def write(resource: Resource) -> str:
    """Return the resource as one JSON-LD document.

    It may stand in an HTML script element as it is: no `<` is in it.
    """
    document = parts.lean({**_head(resource), **_body(resource), **_relations(resource)})
    used = sorted({*_prefixes(document)})
    prefixes: Members = {prefix: _NAMESPACES[prefix] for prefix in used}
    context: JsonValue = [_CONTEXT, prefixes] if prefixes else _CONTEXT
    text = json.dumps({"@context": context, **document}, ensure_ascii=False, indent=2)
    return xml_text(text).replace("<", "\\u003c")


def _head(resource: Resource) -> Members:
    """What the thing is, and what it is called."""
    names = (*resource.identifiers, *resource.alternate_identifiers)
    return {
        "@type": class_of(resource.kind, resource.resource_type, has_endpoint=bool(resource.endpoint_url)),
        "@id": resource.iri,
        "additionalType": [*filter(None, (resource.resource_type,)), *_narrower(resource), *resource.type_labels],
        "name": parts.texts(resource.title),
        "description": parts.texts(resource.description),
        "url": resource.landing_page,
        "identifier": [parts.identifier(name) for name in dict.fromkeys(names)],
        "version": resource.version,
        **_keywords(resource),
        "about": parts.links((*resource.themes, *resource.subjects)),
        "inLanguage": [vocabularies.language_code(iri) or iri for iri in resource.languages],
    }


def _body(resource: Resource) -> Members:
    """Who, when, where, under which terms, and how to get at it: a service has words of its own for some of it."""
    is_service = resource.kind.is_offer
    access = [*filter(None, (resource.access_rights,)), *_embargo(resource), *parts.texts(resource.rights)]
    license_url = parts.license_url(resource.license)
    terms: Members = {"license": license_url, "conditionsOfAccess": access}
    if is_service:
        terms = {"termsOfService": [*filter(None, (license_url,)), *access]}
    awards = [Award.parse(line) for line in resource.funding]
    makers = "manufacturer" if resource.kind is ResourceKind.INSTRUMENT else "creator"
    return {
        makers: [parts.agent(somebody) for somebody in resource.creators],
        "contributor": [parts.contributor(somebody) for somebody in resource.contributors],
        **_publisher(resource, "provider" if is_service else "publisher"),
        "datePublished": _value(resource.issued),
        "dateCreated": _value(resource.created),
        "dateModified": _value(resource.modified),
        **terms,
        "isAccessibleForFree": resource.is_open_access_claim or None,
        "areaServed" if is_service else "spatialCoverage": [parts.place(where) for where in resource.spatial],
        "temporalCoverage": [parts.period(time) for time in resource.temporal],
        "funding": [parts.grant(one) for one in awards if one.number or one.title or one.iri],
        "funder": [
            parts.agent(funder)
            for one in awards
            if not (one.number or one.title or one.iri) and (funder := one.funder_agent())
        ],
        "dct:provenance": [
            {"@type": "dct:ProvenanceStatement", "rdfs:label": parts.text(words)} for words in resource.provenance
        ],
        "dct:conformsTo": parts.links(resource.conforms_to),
        "distribution": [parts.distribution(way) for way in resource.distributions],
        "availableChannel": _channel(resource.endpoint_url),
        "documentation": resource.endpoint_description,
        "serviceOutput": parts.links(resource.serves),
        "address": parts.address(resource.locations),
        "locn:location": parts.links(resource.locations),
        "fni:accessType": parts.links(resource.access_types),
        "fni:accessMode": parts.links(resource.access_modes),
        "org:classification": parts.links(resource.classifications),
    }


def _relations(resource: Resource) -> Members:
    """Links to other resources: in schema.org's word where it has one, else in the property's own name."""
    found: dict[str, list[str]] = {}
    for relation in resource.relations:
        found.setdefault(_compact(_NAMES.get(relation.predicate, relation.predicate)), []).append(relation.target)
    written: Members = {name: parts.links(dict.fromkeys(targets)) for name, targets in found.items()}
    pages: list[JsonValue] = [{"@type": "CreativeWork", "url": page} for page in resource.pages]
    return {"isBasedOn": parts.links(resource.sources), "subjectOf": pages, **written}


def _narrower(resource: Resource) -> Iterator[str]:
    """The class of a data service that no endpoint tells from other services."""
    if resource.kind is ResourceKind.DATA_SERVICE and not (resource.endpoint_url or resource.serves):
        yield resource.kind.iri


def _keywords(resource: Resource) -> Members:
    words = resource.keywords
    if len(words) == 1 and any(mark in words[0].value for mark in ",;"):
        # One text with commas in it is a list of keywords (https://schema.org/keywords).
        return {"keywords": {"@type": "DefinedTerm", "name": parts.text(words[0])}}
    return {"keywords": parts.texts(words)}


def _publisher(resource: Resource, name: str) -> Members:
    """The publisher, whose contact points they are: of a work itself, schema.org knows none."""
    contacts: JsonValue = [parts.contact_point(contact) for contact in resource.contact_points]
    if resource.publisher is None:
        return {"contactPoint": contacts}
    return {name: parts.lean({**parts.agent(resource.publisher), "contactPoint": contacts})}


def _embargo(resource: Resource) -> Iterator[str]:
    if resource.available:
        yield f"info:eu-repo/date/embargoEnd/{resource.available.value}"


def _channel(endpoint: Iri | None) -> JsonValue:
    return {"@type": "ServiceChannel", "serviceUrl": endpoint} if endpoint else None


def _value(date: Literal | None) -> str | None:
    return date.value if date else None


def _compact(iri: str) -> str:
    """The compact IRI of a property; the property itself where no prefix fits."""
    found = next((name for name, namespace in _NAMESPACES.items() if iri.startswith(namespace)), None)
    return f"{found}:{iri.removeprefix(_NAMESPACES[found])}" if found else iri


def _prefixes(value: JsonValue) -> Iterator[str]:
    """The prefixes that property names and classes use."""
    if isinstance(value, list):
        for one in value:
            yield from _prefixes(one)
    if isinstance(value, dict):
        kind = value.get("@type")
        for name in (*value, *((kind,) if isinstance(kind, str) else ())):
            prefix, colon, rest = name.partition(":")
            if colon and prefix in _NAMESPACES and not rest.startswith("//"):
                yield prefix
        for one in value.values():
            yield from _prefixes(one)


_CONTEXT = "https://schema.org/"
# As a prefix, `geo` would take away schema.org's own property of that name.
_NAMESPACES = {"geosparql" if prefix == "geo" else prefix: namespace for prefix, namespace in PREFIXES.items()}
_NAMES = {expand(property_): name for name, property_ in reversed(RELATIONS)}
# Classes by DataCite's resourceTypeGeneral.
