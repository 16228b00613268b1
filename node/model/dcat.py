"""A catalogued resource in the words of DCAT 3 and DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/).

Crosswalks read foreign formats into a `Resource` and write a `Resource` out again; everything between them is RDF made
from it by `node.mapping.dcat_ap`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from node.model.rdf import Iri, Literal

_DCAT, _CERIF = "http://www.w3.org/ns/dcat#", "https://w3id.org/cerif/model#"


class ResourceKind(Enum):
    """The kinds of dcat:Resource that the node catalogues; the value is the class's local name.

    DCAT has classes for datasets and data services. What infrastructures offer besides, and they themselves, have those
    of CERIF (https://w3id.org/cerif/model), as the OpenAIRE guidelines for CRIS managers name them.
    """

    DATASET = "Dataset"
    DATA_SERVICE = "DataService"
    SERVICE = "Service"
    INFRASTRUCTURE = "Facility"
    INSTRUMENT = "Equipment"

    @property
    def iri(self) -> Iri:
        """The class."""
        return Iri((_DCAT if self in _IN_DCAT else _CERIF) + self.value)

    @property
    def member_link(self) -> Iri:
        """The property of a dcat:Catalog that lists a resource of the kind."""
        return Iri(_DCAT + _IN_DCAT.get(self, "resource"))

    @property
    def words(self) -> tuple[str, str]:
        """What people call one of the kind, and several."""
        return _WORDS[self]

    @property
    def is_offer(self) -> bool:
        """Whether it can be used in other ways than by having data: an infrastructure, a service or an instrument."""
        return self is not ResourceKind.DATASET


_IN_DCAT = {ResourceKind.DATASET: "dataset", ResourceKind.DATA_SERVICE: "service"}
_WORDS = {
    ResourceKind.DATASET: ("dataset", "datasets"),
    ResourceKind.DATA_SERVICE: ("data service", "data services"),
    ResourceKind.SERVICE: ("service", "services"),
    ResourceKind.INFRASTRUCTURE: ("infrastructure", "infrastructures"),
    ResourceKind.INSTRUMENT: ("instrument", "instruments"),
}
CLASSES: dict[str, ResourceKind] = {kind.iri: kind for kind in ResourceKind}
"""The kind of each class that the node writes."""
OFFER_CLASSES: dict[str, ResourceKind] = {
    **{kind.iri: kind for kind in ResourceKind if kind not in _IN_DCAT},
    # EPOS-DCAT-AP, https://github.com/epos-eu/EPOS-DCAT-AP
    "https://www.epos-eu.org/epos-dcat-ap#Facility": ResourceKind.INFRASTRUCTURE,
    "https://www.epos-eu.org/epos-dcat-ap#Equipment": ResourceKind.INSTRUMENT,
    "https://www.epos-eu.org/epos-dcat-ap#WebService": ResourceKind.DATA_SERVICE,
    # VIVO ontology, http://vivoweb.org/ontology/core
    "http://vivoweb.org/ontology/core#Facility": ResourceKind.INFRASTRUCTURE,
}
"""The kind of each class outside DCAT that makes a thing a resource of its own."""
RESOURCE_OFFER_CLASSES: dict[str, ResourceKind] = {
    f"{scheme}://schema.org/{name}": kind
    for scheme in ("http", "https")
    for name, kind in (
        ("Service", ResourceKind.SERVICE),
        ("ResearchOrganization", ResourceKind.INFRASTRUCTURE),
        ("IndividualProduct", ResourceKind.INSTRUMENT),
    )
}
"""The kind of a dcat:Resource by a class that says so of nothing else: publishers are organisations as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """foaf:Agent: somebody or an organisation.

    Attributes:
        name: display name, never empty.
        iri: ORCID, ROR, ISNI or Wikidata IRI; `None` where the source gives none.
        kind: `person`, `organization` or `unknown`.
        affiliations: organisations the person works for.
        role: the DataCite contributorType, such as `DataCurator`; `None` for creators and publishers.
    """

    name: str
    iri: Iri | None = None
    kind: str = "unknown"
    affiliations: tuple[Agent, ...] = ()
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """vcard:Kind: where questions go. `email` without `mailto:`."""

    name: str | None = None
    email: str | None = None
    url: Iri | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """dct:Location: a name, an authority IRI, a bounding box (west, south, east, north in WGS 84 degrees) or WKT."""

    name: str | None = None
    iri: Iri | None = None
    bbox: tuple[float, float, float, float] | None = None
    wkt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """dct:PeriodOfTime: typed literals, either end open."""

    start: Literal | None = None
    end: Literal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A link to another resource; `predicate` is the DCMI property that says how, such as `dct:references`."""

    predicate: Iri
    target: Iri


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """dcat:Distribution: one way to get the data.

    Attributes:
        access_url: where it can be had.
        download_url: the file itself.
        iri: its own IRI at the source; `None` lets the node mint one below the record.
        byte_size: bytes.
        media_type: IANA media type IRI.
        file_format: EU file-type IRI.
        checksum: (algorithm local name in SPDX such as `checksumAlgorithm_sha256`, hex digits).
    """

    access_url: Iri | None = None
    download_url: Iri | None = None
    iri: Iri | None = None
    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    media_type: Iri | None = None
    file_format: Iri | None = None
    byte_size: int | None = None
    license: Iri | None = None
    rights: tuple[Literal, ...] = ()
    issued: Literal | None = None
    modified: Literal | None = None
    checksum: tuple[str, str] | None = None
    conforms_to: tuple[Iri, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A dcat:Resource of one of the kinds, whole, without the things only the node knows.

    Attributes:
        iri: the subject: the DOI's IRI where there is a DOI, else an IRI of the node.
        identifiers: dct:identifier values, the main one first; IRIs where the scheme has one.
        alternate_identifiers: adms:identifier, other spellings and schemes.
        resource_type: dct:type IRI (COAR resource types).
        language, license, access_rights, themes: EU authority or other vocabulary IRIs, never free text.
        rights: dct:rights statements as text (what could not be resolved to a licence or an access right).
        applicable_legislation: IRIs of the acts of law that apply to the data (dcatap:applicableLegislation).
        available: end of an embargo, xsd:date; `None` where there is none.
        is_open_access_claim: the source claims open access (the claim never lowers a label by itself).
        endpoint_url: DataService only.
        serves: datasets that a service or an infrastructure gives access to.
        access_types, access_modes: how a user gets to an offer and what decides who may; concepts of
            `vocab/infrastructure.ttl`.
        locations: the countries (EU authority table) and NUTS regions where an offer is.
        classifications: what an infrastructure counts as: ESFRI landmark, ERIC; concepts of `vocab/infrastructure.ttl`.
    """

    iri: Iri
    kind: ResourceKind = ResourceKind.DATASET
    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    identifiers: tuple[str, ...] = ()
    alternate_identifiers: tuple[str, ...] = ()
    creators: tuple[Agent, ...] = ()
    contributors: tuple[Agent, ...] = ()
    publisher: Agent | None = None
    contact_points: tuple[ContactPoint, ...] = ()
    issued: Literal | None = None
    modified: Literal | None = None
    created: Literal | None = None
    available: Literal | None = None
    keywords: tuple[Literal, ...] = ()
    themes: tuple[Iri, ...] = ()
    subjects: tuple[Iri, ...] = ()
    resource_type: Iri | None = None
    type_labels: tuple[str, ...] = ()
    languages: tuple[Iri, ...] = ()
    license: Iri | None = None
    rights: tuple[Literal, ...] = ()
    access_rights: Iri | None = None
    applicable_legislation: tuple[Iri, ...] = ()
    is_open_access_claim: bool = False
    landing_page: Iri | None = None
    pages: tuple[Iri, ...] = ()
    relations: tuple[Relation, ...] = ()
    sources: tuple[Iri, ...] = ()
    conforms_to: tuple[Iri, ...] = ()
    spatial: tuple[Place, ...] = ()
    temporal: tuple[Period, ...] = ()
    provenance: tuple[Literal, ...] = ()
    version: str | None = None
    distributions: tuple[Distribution, ...] = ()
    endpoint_url: Iri | None = None
    endpoint_description: Iri | None = None
    serves: tuple[Iri, ...] = ()
    access_types: tuple[Iri, ...] = ()
    access_modes: tuple[Iri, ...] = ()
    locations: tuple[Iri, ...] = ()
    classifications: tuple[Iri, ...] = ()
    funding: tuple[str, ...] = ()
