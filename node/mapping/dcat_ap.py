"""A `Resource` as DCAT-AP 3 statements: the record's own, and those about agents that many records share.

Follows DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/) and, for what the profile leaves to DCAT,
DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/). The graphs of two records never describe the same node: what has no IRI
of its own gets one below the record's, and agents that have one and web pages are described apart, by `shared_nodes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from node.mapping.dcat_ap_parts import agent, contact_point, distribution, grant, label, notation, period, place
from node.mapping.funding import Award
from node.model.dcat import Agent, Resource, ResourceKind
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import RDF_TYPE, expand

PROFILE = Iri("https://semiceu.github.io/DCAT-AP/releases/3.0.0/")
DOCUMENT = expand("foaf:Document")
"""The class of web pages."""


def to_triples(resource: Resource, *, base: Iri) -> tuple[Triple, ...]:
    """Return the statements a record owns, in a fixed order, without repetition.

    Agents with an IRI and web pages are linked, never described: see `shared_nodes`.

    Args:
        base: the IRI the node mints for the record; nested things are named below it, such as `{base}#distribution-1`.
    """
    global _latest
    latest = _latest
    if latest is None or latest[0] is not resource or latest[1] != base:
        latest = _latest = (resource, base, _stated(resource, base))
    return latest[2]


_latest: tuple[Resource, Iri, tuple[Triple, ...]] | None = None
"""The record at hand: its graph is asked for, and a moment later what is rendered of it."""


def _stated(resource: Resource, base: Iri) -> tuple[Triple, ...]:
    found = [*_classes(resource)]
    for field, predicate in _VALUES:
        found += _about(resource.iri, predicate, getattr(resource, field))
    for field, predicate in _TEXTS:
        found += _about(resource.iri, predicate, map(Literal, getattr(resource, field)))
    for field, predicate in _VALUE:
        value = getattr(resource, field)
        if value is not None:
            found.append((resource.iri, predicate, value))
    if resource.version:
        found.append((resource.iri, _VERSION, Literal(resource.version)))
    found += ((resource.iri, relation.predicate, relation.target) for relation in resource.relations)
    # An IRI has one fragment at most.
    below = f"{base}-" if "#" in base else f"{base}#"
    found += _agents(resource, below)
    found += _parts(resource, below)
    return tuple(dict.fromkeys(found))


def shared_nodes(resource: Resource) -> tuple[tuple[Iri, tuple[Triple, ...]], ...]:
    """Return what many records may speak of, with the statements about it, sorted by IRI: agents and web pages.

    An agent has an IRI of its own (ORCID, ROR, ISNI ...). One that the source only links to, without a name or
    affiliation, is left out: there is nothing to say about it. A page is a foaf:Document, which is what the ranges of
    dcat:landingPage (DCAT 3) and foaf:page (FOAF) say of it, and what DCAT-AP asks to be stated.
    """
    found: dict[Iri, dict[Triple, None]] = {}
    for somebody in _everybody(resource):
        if somebody.iri is not None:
            known = found.setdefault(somebody.iri, {})
            named = any(predicate == _NAME for _, predicate, _ in known)
            for triple in agent(somebody, somebody.iri):
                # Two spellings of one person's name in one record: the first is kept.
                if not (named and triple[1] == _NAME):
                    known[triple] = None
    for page in filter(None, (resource.landing_page, *resource.pages)):
        # Where a source takes an agent's IRI for a page, the agent stays one: FOAF has no document that is an agent.
        found.setdefault(page, {(page, RDF_TYPE, DOCUMENT): None})
    return tuple((iri, tuple(triples)) for iri, triples in sorted(found.items()) if triples)


def catalog_record_triples(
    *,
    record: Iri,
    topic: Iri,
    identifier: str,
    issued: Literal,
    modified: Literal,
    source: Iri | None = None,
    languages: Sequence[Iri] = (),
    title: str | None = None,
) -> tuple[Triple, ...]:
    """Return the dcat:CatalogRecord of a resource (DCAT-AP 3.0, class Catalogue Record).

    Args:
        record: the record's own IRI, not the resource's.
        topic: the resource (foaf:primaryTopic).
        identifier: the record's identifier, such as its OAI identifier.
        issued: when the node first listed it, xsd:dateTime or xsd:date.
        modified: when it last changed here.
        source: the record at its origin (dct:source), where that has an address.
        languages: languages of the metadata, EU authority IRIs.
        title: a name for the record.
    """
    found: list[Triple] = [
        (record, RDF_TYPE, expand("dcat:CatalogRecord")),
        (record, expand("foaf:primaryTopic"), topic),
        (record, expand("dct:identifier"), Literal(identifier)),
        (record, expand("dct:issued"), issued),
        (record, expand("dct:modified"), modified),
        (record, expand("dct:conformsTo"), PROFILE),
    ]
    if source is not None:
        found.append((record, expand("dct:source"), source))
    if title:
        found.append((record, expand("dct:title"), Literal(title)))
    found += _about(record, expand("dct:language"), languages)
    return tuple(found)


def _classes(resource: Resource) -> Iterable[Triple]:
    """The class; a dcat:Resource of a class outside DCAT says that it is one, an infrastructure that it is an agent.

    Datasets name the infrastructure as their publisher, and what they say of it gives way to its own record.
    """
    subject, kind = resource.iri, resource.kind
    if kind not in (ResourceKind.DATASET, ResourceKind.DATA_SERVICE):
        yield subject, RDF_TYPE, expand("dcat:Resource")
    yield subject, RDF_TYPE, kind.iri
    if kind is ResourceKind.INFRASTRUCTURE:
        yield subject, RDF_TYPE, expand("foaf:Agent")
        yield subject, RDF_TYPE, expand("foaf:Organization")
        for title in resource.title[:1]:
            yield subject, _NAME, Literal(title.value)


def _about(subject: Iri, predicate: Iri, values: Iterable[Node]) -> list[Triple]:
    return [(subject, predicate, value) for value in values]


_VALUES = (
    ("title", expand("dct:title")),
    ("description", expand("dct:description")),
    ("keywords", expand("dcat:keyword")),
    ("themes", expand("dcat:theme")),
    ("subjects", expand("dct:subject")),
    ("languages", expand("dct:language")),
    ("pages", expand("foaf:page")),
    ("sources", expand("dct:source")),
    ("conforms_to", expand("dct:conformsTo")),
    ("applicable_legislation", expand("dcatap:applicableLegislation")),
    ("serves", expand("dcat:servesDataset")),
    ("access_types", expand("fni:accessType")),
    ("access_modes", expand("fni:accessMode")),
    ("locations", expand("locn:location")),
    ("classifications", expand("org:classification")),
)
_TEXTS = (("identifiers", expand("dct:identifier")),)
_VALUE = (
    ("issued", expand("dct:issued")),
    ("modified", expand("dct:modified")),
    ("created", expand("dct:created")),
    ("available", expand("dct:available")),
    ("resource_type", expand("dct:type")),
    ("license", expand("dct:license")),
    ("access_rights", expand("dct:accessRights")),
    ("landing_page", expand("dcat:landingPage")),
    ("endpoint_url", expand("dcat:endpointURL")),
    ("endpoint_description", expand("dcat:endpointDescription")),
)
_VERSION = expand("dcat:version")
_NAME = expand("foaf:name")
_CREATOR, _CONTRIBUTOR, _PUBLISHER = expand("dct:creator"), expand("dct:contributor"), expand("dct:publisher")
_ATTRIBUTION = expand("prov:qualifiedAttribution")

_RELATORS = "http://id.loc.gov/vocabulary/relators/"
# DCAT 3, section 6.4.29 (dcat:hadRole), asks for roles of a controlled vocabulary; DataCite's contributor types have no
# IRIs, the relators of the Library of Congress do, and cover them.
ROLES: dict[str, Iri] = {
    name: Iri(_RELATORS + code)
    for name, code in {
        "DataCollector": "col",
        "DataCurator": "cur",
        "DataManager": "dtm",
        "Distributor": "dst",
        "Editor": "edt",
        "HostingInstitution": "his",
        "Other": "oth",
        "Producer": "pro",
        "ProjectLeader": "pdr",
        "ProjectManager": "pdr",
        "ProjectMember": "rtm",
        "RelatedPerson": "asn",
        "Researcher": "res",
        "ResearchGroup": "rtm",
        "RightsHolder": "cph",
        "Sponsor": "spn",
        "Funder": "fnd",
        "Supervisor": "ths",
        "Translator": "trl",
        "WorkPackageLeader": "rth",
    }.items()
}


def _agents(resource: Resource, below: str) -> list[Triple]:
    found: list[Triple] = []
    groups = (
        ("creator", _CREATOR, resource.creators),
        ("contributor", _CONTRIBUTOR, resource.contributors),
        ("publisher", _PUBLISHER, (resource.publisher,) if resource.publisher else ()),
    )
    for word, predicate, members in groups:
        for number, somebody in enumerate(members, 1):
            node = somebody.iri or Iri(f"{below}{word}-{number}")
            found.append((resource.iri, predicate, node))
            if somebody.iri is None:
                found += agent(somebody, node)
            if somebody.role in ROLES:
                attribution = Iri(f"{below}{word}-{number}-attribution")
                found += (
                    (resource.iri, _ATTRIBUTION, attribution),
                    (attribution, RDF_TYPE, expand("prov:Attribution")),
                    (attribution, expand("prov:agent"), node),
                    (attribution, expand("dcat:hadRole"), ROLES[somebody.role]),
                )
    return found


def _parts(resource: Resource, below: str) -> list[Triple]:
    """The nested things of a resource, each with an IRI below the record's."""
    subject, found = resource.iri, list[Triple]()
    for number, somewhere in enumerate(resource.spatial, 1):
        found += place(subject, somewhere, Iri(f"{below}place-{number}"))
    for number, time in enumerate(resource.temporal, 1):
        found += period(subject, time, Iri(f"{below}period-{number}"))
    for number, contact in enumerate(resource.contact_points, 1):
        found += contact_point(subject, contact, Iri(f"{below}contact-{number}"))
    for number, text in enumerate(resource.alternate_identifiers, 1):
        found += notation(subject, text, Iri(f"{below}identifier-{number}"))
    for number, name in enumerate(resource.type_labels, 1):
        found += label(
            subject, "dct:type", "skos:Concept", "skos:prefLabel", Literal(name), Iri(f"{below}type-{number}")
        )
    for number, words in enumerate(resource.rights, 1):
        node = Iri(f"{below}rights-{number}")
        found += label(subject, "dct:rights", "dct:RightsStatement", "rdfs:label", words, node)
    for number, words in enumerate(resource.provenance, 1):
        node = Iri(f"{below}provenance-{number}")
        found += label(subject, "dct:provenance", "dct:ProvenanceStatement", "rdfs:label", words, node)
    for number, text in enumerate(resource.funding, 1):
        found += grant(subject, Award.parse(text), Iri(f"{below}funding-{number}"))
    for number, way in enumerate(resource.distributions, 1):
        found += distribution(subject, way, way.iri or Iri(f"{below}distribution-{number}"), below, number)
    return found


def _everybody(resource: Resource) -> Iterable[Agent]:
    funders = (Award.parse(text).funder_agent() for text in resource.funding)
    publishers = (resource.publisher,) if resource.publisher else ()
    waiting = [*reversed([*resource.creators, *resource.contributors, *publishers, *filter(None, funders)])]
    while waiting:
        somebody = waiting.pop()
        yield somebody
        waiting += somebody.affiliations
