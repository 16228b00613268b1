"""A `Resource` as DataCite kernel 4 in the wrapper of the DataCite OAI schema 1.1.

Source: DataCite Metadata Schema 4.6 (https://datacite-metadata-schema.readthedocs.io/en/4.6/). A mandatory property
without a value gets the standard value for unknown information (appendix 3, `:unav`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from node.mapping.datacite.relations import RELATION_TYPES
from node.mapping.datacite.schemes import RELATED_TYPES, agent_scheme, identifier_of
from node.mapping.funding import Award
from node.mapping.geometry import point_wkt, points_of_wkt
from node.mapping.offers import TYPE_OF_KIND
from node.mapping.xml_writing import Markup, element, enclose, opening_tag
from node.model.dcat import Agent, Period, Place, Resource
from node.model.rdf import Iri, Literal
from node.namespaces import DATACITE_4, OAI_DATACITE
from node.terms import vocabularies

UNKNOWN = ":unav"
# The schema wants four digits and DataCite names no standard value for an unknown year.
UNKNOWN_YEAR = "0000"

_WRAPPER_SCHEMA = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"
_SCHEMA = "http://schema.datacite.org/meta/kernel-4/metadata.xsd"
_START = (
    opening_tag("oai_datacite", {"": OAI_DATACITE}, {OAI_DATACITE: _WRAPPER_SCHEMA, DATACITE_4: _SCHEMA})
    + element("schemaVersion", "4.6")
    # The datacentre that registered the DOI is known to DataCite only.
    + element("datacentreSymbol", UNKNOWN)
    + f'<payload><resource xmlns="{DATACITE_4}" xsi:schemaLocation="{DATACITE_4} {_SCHEMA}">'
)
_END = "</resource></payload></oai_datacite>"


def write(resource: Resource) -> str:
    """Return the `oai_datacite` element."""
    return "".join((_START, *(part(resource) for part in _PARTS), _END))


def _identifiers(resource: Resource) -> str:
    main = next((name for name in (resource.iri, *resource.identifiers) if name.startswith("https://doi.org/")), None)
    first = main or next(iter(resource.identifiers), None) or resource.iri
    others = dict.fromkeys((*resource.identifiers, *resource.alternate_identifiers))
    pages = [page for page in (resource.landing_page, resource.endpoint_url) if page and page not in others]
    text, scheme = identifier_of(first)
    listed = map(identifier_of, (name for name in (*others, *pages) if name != first))
    alternate = [element("alternateIdentifier", text, alternateIdentifierType=scheme) for text, scheme in listed]
    return element("identifier", text, identifierType=scheme) + _list("alternateIdentifiers", alternate)


def _agents(resource: Resource) -> str:
    creators = resource.creators or (Agent(name=UNKNOWN),)
    publisher = resource.publisher or Agent(name=UNKNOWN)
    scheme, scheme_uri = agent_scheme(publisher.iri)
    contacts = (
        Agent(name=contact.name or contact.email or UNKNOWN, iri=contact.url, role="ContactPerson")
        for contact in resource.contact_points
    )
    contributors = (
        enclose(
            "contributor",
            _agent("contributorName", somebody),
            contributorType=somebody.role if somebody.role in _CONTRIBUTOR_TYPES else "Other",
        )
        for somebody in (*resource.contributors, *contacts)
    )
    return (
        enclose("creators", (enclose("creator", _agent("creatorName", creator)) for creator in creators))
        + element(
            "publisher",
            publisher.name,
            publisherIdentifier=publisher.iri,
            publisherIdentifierScheme=scheme,
            schemeURI=scheme_uri,
        )
        + _list("contributors", contributors)
    )


def _agent(name: str, somebody: Agent) -> Iterator[Markup]:
    yield element(name, somebody.name, nameType=_NAME_TYPES.get(somebody.kind))
    if somebody.iri:
        scheme, scheme_uri = agent_scheme(somebody.iri)
        yield element("nameIdentifier", somebody.iri, nameIdentifierScheme=scheme, schemeURI=scheme_uri)
    for organisation in somebody.affiliations:
        scheme, scheme_uri = agent_scheme(organisation.iri)
        yield element(
            "affiliation",
            organisation.name,
            affiliationIdentifier=organisation.iri,
            affiliationIdentifierScheme=scheme,
            schemeURI=scheme_uri,
        )


def _titles(resource: Resource) -> str:
    titles = enumerate(resource.title or (Literal(UNKNOWN),))
    return _list(
        "titles",
        (element("title", title, titleType="TranslatedTitle" if number else None) for number, title in titles),
    )


def _subjects(resource: Resource) -> str:
    keywords = (element("subject", keyword) for keyword in resource.keywords)
    concepts = (
        element("subject", vocabularies.label(concept) or concept, valueURI=concept)
        for concept in (*resource.themes, *resource.subjects)
    )
    return _list("subjects", (*keywords, *concepts))


def _dates(resource: Resource) -> str:
    dated = (
        ("Issued", resource.issued),
        ("Available", resource.available),
        ("Created", resource.created),
        ("Updated", resource.modified),
    )
    year = next((date.value[:4] for _, date in dated if date and date.value[:4].isdigit()), UNKNOWN_YEAR)
    known = [(kind, date.value) for kind, date in dated if date]
    known += (("Collected", _range(period)) for period in resource.temporal)
    written = (element("date", text, dateType=kind) for kind, text in known)
    return element("publicationYear", year) + _list("dates", written)


def _range(period: Period) -> str:
    start_, end = (literal.value if literal else "" for literal in (period.start, period.end))
    return start_ if start_ == end else f"{start_}/{end}"


def _type(resource: Resource) -> str:
    general = vocabularies.datacite_type(resource.resource_type) if resource.resource_type else None
    text = "; ".join(resource.type_labels) or (
        vocabularies.label(resource.resource_type) if resource.resource_type else None
    )
    of_kind = TYPE_OF_KIND.get(resource.kind)
    default = (vocabularies.datacite_type(of_kind) if of_kind else None) or "Dataset"
    if text is None and of_kind is not None:
        text = vocabularies.label(of_kind)
    code = vocabularies.language_code(resource.languages[0]) if resource.languages else None
    return (
        element("resourceType", text or general or default, resourceTypeGeneral=general or default)
        + (element("language", code) if code else "")
        + (element("version", resource.version) if resource.version else "")
    )


def _relations(resource: Resource) -> str:
    related = [(RELATION_TYPES.get(one.predicate, "References"), one.target) for one in resource.relations]
    related += (("IsDerivedFrom", target) for target in resource.sources)
    related += (("IsDocumentedBy", target) for target in resource.pages)
    return _list("relatedIdentifiers", (_related(*pair) for pair in dict.fromkeys(related)))


def _related(relation_type: str, target: Iri) -> Markup:
    text, scheme = identifier_of(target)
    kind = scheme if scheme in RELATED_TYPES else "URL"
    return element("relatedIdentifier", text, relatedIdentifierType=kind, relationType=relation_type)


def _formats(resource: Resource) -> str:
    sizes = [f"{way.byte_size} bytes" for way in resource.distributions if way.byte_size is not None]
    kinds = [way.media_type or way.file_format for way in resource.distributions]
    formats = [vocabularies.media_type_name(kind) or vocabularies.label(kind) or kind for kind in kinds if kind]
    return _list("sizes", (element("size", text) for text in sizes)) + _list(
        "formats", (element("format", text) for text in formats)
    )


def _rights(resource: Resource) -> str:
    written = []
    if resource.license:
        spdx = vocabularies.spdx_id(resource.license)
        license_ = element(
            "rights",
            vocabularies.label(resource.license) or spdx or resource.license,
            rightsURI=vocabularies.license_url(resource.license) or resource.license,
            rightsIdentifier=spdx,
            rightsIdentifierScheme="SPDX" if spdx else None,
            schemeURI="https://spdx.org/licenses/" if spdx else None,
        )
        written.append(license_)
    if resource.access_rights:
        term = vocabularies.access_right_term(resource.access_rights)
        written.append(element("rights", rightsURI=term or resource.access_rights))
    written += (element("rights", words) for words in resource.rights)
    return _list("rightsList", written)


def _descriptions(resource: Resource) -> str:
    written = []
    languages = set[str | None]()
    for words in resource.description:
        # The first of each language is the abstract; the rest is what other descriptions became when they were read.
        kind = "Other" if words.language in languages else "Abstract"
        written.append(element("description", words, descriptionType=kind))
        languages.add(words.language)
    written += (element("description", words, descriptionType="Methods") for words in resource.provenance)
    return _list("descriptions", written)


def _places(resource: Resource) -> str:
    return _list("geoLocations", (enclose("geoLocation", _place(place)) for place in resource.spatial))


def _place(place: Place) -> Iterator[Markup]:
    name = place.name or (vocabularies.label(place.iri) or place.iri if place.iri else None)
    points = points_of_wkt(place.wkt) if place.wkt else []
    if len(points) in (2, 3) or any(point_wkt(*point) is None for point in points):
        # The schema wants four corners at least, and all on the globe.
        points = []
    if name or (place.wkt and not points):
        yield element("geoLocationPlace", name or place.wkt)
    if place.bbox:
        west, south, east, north = place.bbox
        sides = (
            ("westBoundLongitude", west),
            ("eastBoundLongitude", east),
            ("southBoundLatitude", south),
            ("northBoundLatitude", north),
        )
        yield enclose("geoLocationBox", (element(side, str(value)) for side, value in sides))
    if len(points) == 1:
        yield enclose("geoLocationPoint", _point(*points[0]))
    elif points:
        yield enclose("geoLocationPolygon", (enclose("polygonPoint", _point(*point)) for point in points))


def _point(longitude: float, latitude: float) -> Iterator[Markup]:
    yield element("pointLongitude", str(longitude))
    yield element("pointLatitude", str(latitude))


def _funding(resource: Resource) -> str:
    awards = map(Award.parse, resource.funding)
    return _list("fundingReferences", (enclose("fundingReference", _award(award)) for award in awards))


def _award(award: Award) -> Iterator[Markup]:
    yield element("funderName", award.funder or UNKNOWN)
    if award.funder_iri:
        kind, scheme_uri = agent_scheme(award.funder_iri)
        scheme = kind if kind in ("ROR", "ISNI", "Crossref Funder ID") else "Other"
        yield element("funderIdentifier", award.funder_iri, funderIdentifierType=scheme, schemeURI=scheme_uri)
    if award.number or award.iri:
        yield element("awardNumber", award.number, awardURI=award.iri)
    if award.title:
        yield element("awardTitle", award.title)


def _list(name: str, members: Iterable[Markup]) -> str:
    """A container, which DataCite leaves out where it holds nothing."""
    held = "".join(members)
    return enclose(name, (Markup(held),)) if held else ""


_NAME_TYPES = {"person": "Personal", "organization": "Organizational"}
_CONTRIBUTOR_TYPES = frozenset(
    """
    ContactPerson DataCollector DataCurator DataManager Distributor Editor HostingInstitution Other Producer
    ProjectLeader ProjectManager ProjectMember RegistrationAgency RegistrationAuthority RelatedPerson ResearchGroup
    RightsHolder Researcher Sponsor Supervisor Translator WorkPackageLeader
    """.split()  # noqa: SIM905
)
_PARTS = (
    _identifiers,
    _agents,
    _titles,
    _dates,
    _subjects,
    _type,
    _relations,
    _formats,
    _rights,
    _descriptions,
    _places,
    _funding,
)
