"""A catalogued resource in the words of DCAT 3 and DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/).

Crosswalks read foreign formats into a `Resource` and write a `Resource` out again; everything between them is RDF made
from it by `node.mapping.dcat_ap`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from node.model.rdf import Iri, Literal


class ResourceKind(Enum):
    """The two kinds of dcat:Resource that the node catalogues; the value is the class's local name."""

    DATASET = "Dataset"
    DATA_SERVICE = "DataService"


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
    """dcat:Dataset or dcat:DataService, whole, without the things only the node knows.

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
        serves: DataService only, datasets it serves.
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
    funding: tuple[str, ...] = ()
