"""The nested things of a resource in schema.org's terms: people, grants, places, periods, files.

https://schema.org/docs/full.html, in the usage of
https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md (identifiers, roles, GeoSPARQL, checksums).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from node.mapping.funding import Award
from node.mapping.geometry import points_of_wkt
from node.model.dcat import Agent, ContactPoint, Distribution, Period, Place
from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES
from node.syntax import JsonValue
from node.terms import codes, identifiers, regions, vocabularies

Members = dict[str, JsonValue]


def lean(members: Mapping[str, JsonValue]) -> Members:
    """Return an object without the members that hold nothing; a list of one is that one."""
    found: Members = {}
    for name, value in members.items():
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is not None and value not in ("", [], {}):
            found[name] = value
    return found


def text(literal: Literal) -> JsonValue:
    """Return a text, with its language where it has one."""
    return {"@language": literal.language, "@value": literal.value} if literal.language else literal.value


def texts(literals: Iterable[Literal]) -> list[JsonValue]:
    """Return texts in order."""
    return [text(literal) for literal in literals]


def links(iris: Iterable[str]) -> list[JsonValue]:
    """Return links to other things; what those are is for their own documents to say."""
    return [{"@id": iri} for iri in iris]


def address(locations: Iterable[str]) -> Members | None:
    """Return the first country, and the NUTS region where there is one, as a PostalAddress."""
    # https://schema.org/addressCountry recommends codes of two letters.
    countries = [code for place in locations if (code := codes.country_alpha2(place))]
    places = [code for place in locations if (code := regions.code(place))]
    if not countries:
        return None
    return lean({"@type": "PostalAddress", "addressCountry": countries[0], "addressRegion": next(iter(places), None)})


def identifier(name: str) -> JsonValue:
    """Return a DOI as a PropertyValue that names its scheme, any other identifier as it is."""
    doi = identifiers.doi(name) if name.startswith("https://doi.org/") else None
    if doi is None:
        return name
    return {
        "@type": "PropertyValue",
        "propertyID": "https://registry.identifiers.org/registry/doi",
        "value": f"doi:{doi.removeprefix('https://doi.org/')}",
        "url": doi,
    }


def agent(somebody: Agent) -> Members:
    """Return a person or an organisation; one of which it is not known gets no class."""
    is_named_by_scheme = somebody.iri is not None and identifiers.agent(None, somebody.iri) is not None
    return lean(
        {
            "@type": _AGENTS.get(somebody.kind),
            "@id": somebody.iri,
            "name": somebody.name if somebody.name != somebody.iri else None,
            "identifier": somebody.iri if is_named_by_scheme else None,
            "affiliation": [agent(organisation) for organisation in somebody.affiliations],
        }
    )


def contributor(somebody: Agent) -> Members:
    """Return a contributor within the Role that says what they did; without a role, the contributor alone."""
    if somebody.role is None:
        return agent(somebody)
    return {"@type": "Role", "roleName": somebody.role, "contributor": agent(somebody)}


def contact_point(contact: ContactPoint) -> Members:
    """Return a ContactPoint."""
    return lean({"@type": "ContactPoint", "name": contact.name, "email": contact.email, "url": contact.url})


def grant(award: Award) -> Members:
    """Return a Grant with its funder."""
    funder = award.funder_agent()
    return lean(
        {
            "@type": "Grant",
            "name": award.title,
            "identifier": award.number,
            "url": award.iri,
            "funder": agent(funder) if funder else None,
        }
    )


def place(somewhere: Place) -> Members:
    """Return a Place with its shape: latitude comes first in schema.org, longitude in Well-Known Text."""
    return lean({"@type": "Place", "name": somewhere.name, "sameAs": somewhere.iri, **_shape(somewhere)})


def period(time: Period) -> str:
    """Return an interval of ISO 8601, with `..` for an open end; a date for a period of one."""
    start, end = (literal.value if literal else ".." for literal in (time.start, time.end))
    return start if start == end else f"{start}/{end}"


def distribution(way: Distribution) -> Members:
    """Return a DataDownload."""
    algorithm, digits = way.checksum or ("", "")
    is_sha256 = algorithm == "checksumAlgorithm_sha256"
    checksum = lean(
        {
            "@type": "spdx:Checksum",
            "spdx:checksumAlgorithm": {"@id": f"{PREFIXES['spdx']}{algorithm}"},
            "spdx:checksumValue": digits,
        }
    )
    return lean(
        {
            "@type": "DataDownload",
            "@id": way.iri,
            "name": texts(way.title),
            "description": texts(way.description),
            "contentUrl": way.download_url,
            "url": way.access_url if way.access_url != way.download_url else None,
            "encodingFormat": [*_formats(way)],
            "contentSize": f"{way.byte_size} B" if way.byte_size is not None else None,
            "license": license_url(way.license),
            "conditionsOfAccess": texts(way.rights),
            "datePublished": way.issued.value if way.issued else None,
            "dateModified": way.modified.value if way.modified else None,
            "sha256": digits if is_sha256 else None,
            "spdx:checksum": checksum if digits and not is_sha256 else None,
            "dct:conformsTo": links(way.conforms_to),
        }
    )


def license_url(license_iri: Iri | None) -> str | None:
    """Return the address of a licence's own page, where it is known."""
    return (vocabularies.license_url(license_iri) or license_iri) if license_iri else None


def _shape(somewhere: Place) -> Members:
    if somewhere.bbox:
        west, south, east, north = somewhere.bbox
        return {"geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}}
    points = points_of_wkt(somewhere.wkt) if somewhere.wkt else []
    if len(points) == 1:
        return {"geo": {"@type": "GeoCoordinates", "latitude": points[0][1], "longitude": points[0][0]}}
    if points:
        return {"geo": {"@type": "GeoShape", "polygon": " ".join(f"{y} {x}" for x, y in points)}}
    if somewhere.wkt:
        literal: Members = {"@type": "geosparql:wktLiteral", "@value": somewhere.wkt}
        return {"geosparql:hasGeometry": {"@type": "geosparql:Geometry", "geosparql:asWKT": literal}}
    return {}


def _formats(way: Distribution) -> Iterable[str]:
    if way.media_type:
        yield vocabularies.media_type_name(way.media_type) or way.media_type
    if way.file_format and not (
        way.media_type and vocabularies.file_type_of_media_type(way.media_type) == way.file_format
    ):
        yield way.file_format


_AGENTS = {"person": "Person", "organization": "Organization"}
