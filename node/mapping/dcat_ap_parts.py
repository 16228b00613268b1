"""The nested things of a DCAT-AP resource as statements: agents, contact points, places, periods, distributions.

Classes and properties: DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/), sections of the same names.
"""

from __future__ import annotations

from urllib.parse import quote

from node.mapping.funding import Award
from node.mapping.geometry import bbox_to_wkt
from node.model.dcat import Agent, ContactPoint, Distribution, Period, Place
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand


def agent(somebody: Agent, node: Iri) -> list[Triple]:
    """Return the statements about an agent (class Agent); none where its name is only its IRI again.

    An affiliation with an IRI is linked by org:memberOf; one without is told by its name, so that an agent shared
    between records never points into one of them.
    """
    found: list[Triple] = []
    if somebody.name != somebody.iri:
        found += (
            (node, RDF_TYPE, _AGENT),
            *((node, RDF_TYPE, kind) for kind in (_AGENT_KINDS.get(somebody.kind),) if kind),
            (node, _NAME, Literal(somebody.name)),
        )
    for organisation in somebody.affiliations:
        if organisation.iri is not None:
            found.append((node, _MEMBER_OF, organisation.iri))
        else:
            found.append((node, _ORGANISATION_NAME, Literal(organisation.name)))
    return found


def contact_point(subject: Iri, contact: ContactPoint, node: Iri) -> list[Triple]:
    """Return a vcard:Kind (class Kind)."""
    found: list[Triple] = [(subject, _CONTACT, node), (node, RDF_TYPE, _KIND)]
    if contact.name:
        found.append((node, _FN, Literal(contact.name)))
    if contact.email:
        found.append((node, _EMAIL, Iri("mailto:" + quote(contact.email, safe="@+!$&'*=~"))))
    if contact.url:
        found.append((node, _URL, contact.url))
    return found


def place(subject: Iri, somewhere: Place, node: Iri) -> list[Triple]:
    """Return a dct:Location (class Location); a place of an authority is linked, its geometry is the record's."""
    found: list[Triple] = []
    if somewhere.iri:
        found.append((subject, _SPATIAL, somewhere.iri))
    if somewhere.bbox is None and somewhere.wkt is None and (somewhere.iri or not somewhere.name):
        return found
    found += ((subject, _SPATIAL, node), (node, RDF_TYPE, _LOCATION))
    if somewhere.name:
        found.append((node, _PREF_LABEL, Literal(somewhere.name)))
    if somewhere.bbox is not None:
        found.append((node, _BBOX, Literal(bbox_to_wkt(somewhere.bbox), datatype=_WKT)))
    if somewhere.wkt is not None:
        found.append((node, _GEOMETRY, Literal(somewhere.wkt, datatype=_WKT)))
    return found


def period(subject: Iri, time: Period, node: Iri) -> list[Triple]:
    """Return a dct:PeriodOfTime (class Period of time)."""
    found: list[Triple] = [(subject, _TEMPORAL, node), (node, RDF_TYPE, _PERIOD)]
    if time.start is not None:
        found.append((node, _START, time.start))
    if time.end is not None:
        found.append((node, _END, time.end))
    return found


def notation(subject: Iri, text: str, node: Iri) -> list[Triple]:
    """Return an adms:Identifier (class Identifier)."""
    return [(subject, _IDENTIFIER, node), (node, RDF_TYPE, _IDENTIFIER_CLASS), (node, _NOTATION, Literal(text))]


def label(subject: Iri, predicate: str, kind: str, label_predicate: str, words: Literal, node: Iri) -> list[Triple]:
    """Return a node that only carries a text, such as a dct:RightsStatement with its rdfs:label."""
    return [
        (subject, expand(predicate), node),
        (node, RDF_TYPE, expand(kind)),
        (node, expand(label_predicate), words),
    ]


def grant(subject: Iri, award: Award, node: Iri) -> list[Triple]:
    """Return a schema:Grant: neither DCAT nor DCAT-AP has a word for funding."""
    found: list[Triple] = [
        (subject, expand("schema:funding"), node),
        (node, RDF_TYPE, expand("schema:Grant")),
    ]
    if award.title:
        found.append((node, expand("schema:name"), Literal(award.title)))
    if award.number:
        found.append((node, expand("schema:identifier"), Literal(award.number)))
    if award.iri:
        found.append((node, expand("schema:url"), award.iri))
    funder = award.funder_agent()
    if funder is not None:
        funder_node = funder.iri or Iri(f"{node}-funder")
        found.append((node, expand("schema:funder"), funder_node))
        if funder.iri is None:
            found += agent(funder, funder_node)
    return found


def distribution(subject: Iri, way: Distribution, node: Iri, below: str, number: int) -> list[Triple]:
    """Return a dcat:Distribution (class Distribution); its own nested things are named from `below` on."""
    found: list[Triple] = [(subject, _DISTRIBUTION, node), (node, RDF_TYPE, _DISTRIBUTION_CLASS)]
    for field, predicate in _DISTRIBUTION_VALUE:
        value = getattr(way, field)
        if value is not None:
            found.append((node, predicate, value))
    for field, predicate in _DISTRIBUTION_VALUES:
        found += ((node, predicate, value) for value in getattr(way, field))
    if way.byte_size is not None:
        found.append((node, _BYTE_SIZE, Literal(str(way.byte_size), datatype=_NON_NEGATIVE)))
    for count, words in enumerate(way.rights, 1):
        statement = Iri(f"{below}distribution-{number}-rights-{count}")
        found += label(node, "dct:rights", "dct:RightsStatement", "rdfs:label", words, statement)
    if way.checksum is not None:
        algorithm, digits = way.checksum
        checksum = Iri(f"{below}distribution-{number}-checksum")
        found += (
            (node, _CHECKSUM, checksum),
            (checksum, RDF_TYPE, expand("spdx:Checksum")),
            (checksum, expand("spdx:algorithm"), expand(f"spdx:{algorithm}")),
            (checksum, expand("spdx:checksumValue"), Literal(digits, datatype=expand("xsd:hexBinary"))),
        )
    return found


_AGENT = expand("foaf:Agent")
_AGENT_KINDS = {"person": expand("foaf:Person"), "organization": expand("foaf:Organization")}
_NAME = expand("foaf:name")
_MEMBER_OF = expand("org:memberOf")
_ORGANISATION_NAME = expand("vcard:organization-name")
_CONTACT, _KIND = expand("dcat:contactPoint"), expand("vcard:Kind")
_FN, _EMAIL, _URL = expand("vcard:fn"), expand("vcard:hasEmail"), expand("vcard:hasURL")
_SPATIAL, _LOCATION, _PREF_LABEL = expand("dct:spatial"), expand("dct:Location"), expand("skos:prefLabel")
_BBOX, _GEOMETRY, _WKT = expand("dcat:bbox"), expand("locn:geometry"), expand("geo:wktLiteral")
_TEMPORAL, _PERIOD = expand("dct:temporal"), expand("dct:PeriodOfTime")
_START, _END = expand("dcat:startDate"), expand("dcat:endDate")
_IDENTIFIER, _IDENTIFIER_CLASS, _NOTATION = (
    expand("adms:identifier"),
    expand("adms:Identifier"),
    expand("skos:notation"),
)
_DISTRIBUTION, _DISTRIBUTION_CLASS = expand("dcat:distribution"), expand("dcat:Distribution")
_BYTE_SIZE, _NON_NEGATIVE = expand("dcat:byteSize"), expand("xsd:nonNegativeInteger")
_CHECKSUM = expand("spdx:checksum")
_DISTRIBUTION_VALUE = (
    ("access_url", expand("dcat:accessURL")),
    ("download_url", expand("dcat:downloadURL")),
    ("media_type", expand("dcat:mediaType")),
    ("file_format", expand("dct:format")),
    ("license", expand("dct:license")),
    ("issued", expand("dct:issued")),
    ("modified", expand("dct:modified")),
)
_DISTRIBUTION_VALUES = (
    ("title", expand("dct:title")),
    ("description", expand("dct:description")),
    ("conforms_to", expand("dct:conformsTo")),
)
