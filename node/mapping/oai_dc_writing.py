"""A `Resource` as unqualified Dublin Core (https://www.openarchives.org/OAI/2.0/oai_dc.xsd).

Values are written in the form a Dublin Core harvester expects: labels and codes where DCAT-AP has concept IRIs, DCMI
Box and Period for coverage, and the `info:eu-repo` terms of the OpenAIRE guidelines for access rights and embargoes.
"""

from __future__ import annotations

from collections.abc import Iterator

from node.mapping.geometry import bbox_of_wkt, points_of_wkt
from node.mapping.offers import TYPE_OF_KIND
from node.mapping.xml_writing import element, opening_tag
from node.model.dcat import Distribution, Period, Place, Resource, ResourceKind
from node.model.rdf import Literal
from node.namespaces import DC, OAI_DC
from node.terms import vocabularies

_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_START = opening_tag("oai_dc:dc", {"oai_dc": OAI_DC, "dc": DC}, {OAI_DC: _SCHEMA})


def write(resource: Resource) -> str:
    """Return the `oai_dc:dc` element; elements without a value are left out, no element is mandatory."""
    parts = [element(f"dc:{name}", value) for name, value in dict.fromkeys(_statements(resource))]
    return f"{_START}{''.join(parts)}</oai_dc:dc>"


def _statements(resource: Resource) -> Iterator[tuple[str, str | Literal]]:
    for name, literals in (
        ("title", resource.title),
        ("description", resource.description),
        ("subject", resource.keywords),
    ):
        yield from ((name, literal) for literal in literals)
    for name, iris in (("subject", (*resource.themes, *resource.subjects)), ("language", resource.languages)):
        yield from ((name, _word(name, iri)) for iri in iris)
    for name, agents in (
        ("creator", resource.creators),
        ("contributor", resource.contributors),
        ("publisher", (resource.publisher,) if resource.publisher else ()),
    ):
        yield from ((name, agent.name) for agent in agents)
    dois = (resource.iri,) if resource.iri.startswith("https://doi.org/") else ()
    links = (resource.landing_page, resource.endpoint_url, *resource.pages)
    for text in (*dois, *resource.identifiers, *filter(None, links), *resource.alternate_identifiers):
        yield "identifier", text
    for date in (resource.issued, *(() if resource.issued else (resource.created, resource.modified))):
        if date:
            yield "date", date.value
    if resource.available:
        yield "date", f"info:eu-repo/date/embargoEnd/{resource.available.value}"
    yield from _types(resource)
    yield from _rights(resource)
    for relation in resource.relations:
        yield "relation", relation.target
    for source in resource.sources:
        yield "source", source
    for place in resource.spatial:
        yield from (("coverage", text) for text in _place(place))
    for period in resource.temporal:
        yield "coverage", _period(period)
    for way in resource.distributions:
        yield from _format(way)


def _word(name: str, iri: str) -> str:
    word = vocabularies.language_code(iri) if name == "language" else None
    return word or iri


def _types(resource: Resource) -> Iterator[tuple[str, str]]:
    of_kind = TYPE_OF_KIND.get(resource.kind)
    if of_kind is not None:
        if resource.kind is not ResourceKind.DATA_SERVICE:
            yield "type", vocabularies.label(of_kind) or of_kind
        if dcmi := vocabularies.dcmi_type(of_kind):
            yield "type", dcmi
    if resource.resource_type:
        yield "type", vocabularies.label(resource.resource_type) or resource.resource_type
    for text in resource.type_labels:
        yield "type", text
    if resource.kind is ResourceKind.DATASET and not resource.resource_type and not resource.type_labels:
        yield "type", "Dataset"


def _rights(resource: Resource) -> Iterator[tuple[str, str | Literal]]:
    if resource.access_rights:
        yield "rights", vocabularies.access_right_term(resource.access_rights) or resource.access_rights
    if resource.license:
        yield "rights", vocabularies.license_url(resource.license) or resource.license
    for words in resource.rights:
        yield "rights", words


def _place(place: Place) -> Iterator[str]:
    name = f"name={_plain(place.name)}; " if place.name else ""
    box = place.bbox or (bbox_of_wkt(place.wkt) if place.wkt else None)
    points = points_of_wkt(place.wkt) if place.wkt else []
    if box:
        west, south, east, north = box
        yield f"{name}northlimit={north}; southlimit={south}; westlimit={west}; eastlimit={east}"
    elif len(points) == 1:
        yield f"{name}east={points[0][0]}; north={points[0][1]}"
    elif place.wkt:
        yield place.wkt
        if place.name:
            yield place.name
    elif place.name:
        yield place.name
    elif place.iri:
        yield vocabularies.label(place.iri) or place.iri


def _period(period: Period) -> str:
    ends = (("start", period.start), ("end", period.end))
    return "; ".join([*(f"{name}={literal.value}" for name, literal in ends if literal), "scheme=W3C-DTF"])


def _format(way: Distribution) -> Iterator[tuple[str, str]]:
    kind = way.media_type or way.file_format
    if kind:
        yield "format", vocabularies.media_type_name(kind) or vocabularies.label(kind) or kind
    if way.byte_size is not None:
        yield "format", f"{way.byte_size} bytes"


def _plain(text: str) -> str:
    # Semicolons and equals signs part the components of a DCMI encoding scheme.
    return text.replace(";", ",").replace("=", ":")
