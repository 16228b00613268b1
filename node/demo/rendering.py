"""Descriptions written as `oai_datacite` and `oai_dc`, the way two different repositories would write them.

Specifications: DataCite OAI schema 1.1 (https://schema.datacite.org/oai/oai-1.1/), DataCite Metadata Schema 4.6
(https://datacite-metadata-schema.readthedocs.io/en/4.6/), OAI-PMH 2.0, section "Dublin Core"
(https://www.openarchives.org/OAI/openarchivesprotocol.html#dublincore). Nothing of the node's own writers is used: a
mistake of theirs must not be repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape, quoteattr

from node.demo.description import Description, Person

KERNEL = "http://datacite.org/schema/kernel-4"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def oai_datacite(description: Description) -> str:
    """Return the description as an `oai_datacite` element around a DataCite `resource`."""
    return "".join(
        (
            f'<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/" xmlns:xsi="{XSI}" '
            'xsi:schemaLocation="http://schema.datacite.org/oai/oai-1.1/ '
            'http://schema.datacite.org/oai/oai-1.1/oai.xsd">',
            "<schemaVersion>4.6</schemaVersion><datacentreSymbol>SAMPLE.DEMO</datacentreSymbol><payload>",
            f'<resource xmlns="{KERNEL}" xsi:schemaLocation="{KERNEL} {KERNEL}.6/metadata.xsd">',
            *_datacite(description),
            "</resource></payload></oai_datacite>",
        )
    )


def oai_dc(description: Description) -> str:
    """Return the description as an `oai_dc:dc` element."""
    return "".join(
        (
            '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="{XSI}" '
            'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ '
            'http://www.openarchives.org/OAI/2.0/oai_dc.xsd">',
            *_dublin_core(description),
            "</oai_dc:dc>",
        )
    )


RENDERINGS: dict[str, Callable[[Description], str]] = {"oai_datacite": oai_datacite, "oai_dc": oai_dc}

_ACCESS = {
    "open": ("info:eu-repo/semantics/openAccess", "Open access"),
    "embargo": ("info:eu-repo/semantics/embargoedAccess", "Embargoed access"),
    "registered": ("info:eu-repo/semantics/restrictedAccess", "Access after registration with an institutional login"),
    "restricted": ("info:eu-repo/semantics/restrictedAccess", "Restricted access"),
}
_SPDX = re.compile(r"(?:MIT|(?:[A-Z]+|Apache)-[A-Z0-9.]+(?:-[A-Za-z0-9.-]+)?)")
_DCMI_TYPES = {
    "Image": "StillImage", "Sound": "Sound", "Software": "Software", "Service": "Service", "Text": "Text",
    "Collection": "Collection", "Instrument": "PhysicalObject", "ComputationalNotebook": "Software",
    "Workflow": "Software",
}  # fmt: skip


def _element(name: str, text: str, **attributes: str) -> str:
    said = "".join(f" {key.replace('xml_', 'xml:')}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{escape(text)}</{name}>"


def _list(name: str, items: Iterator[str] | list[str]) -> str:
    content = "".join(items)
    return f"<{name}>{content}</{name}>" if content else ""


def _datacite(one: Description) -> Iterator[str]:
    yield _element("identifier", one.doi, identifierType="DOI")
    yield _list(
        "creators", [f"<creator>{_datacite_person('creatorName', person)}</creator>" for person in one.creators]
    )
    yield _list("titles", list(_datacite_titles(one)))
    yield _datacite_publisher(one)
    yield _element("publicationYear", one.issued[:4])
    yield _element("resourceType", one.label, resourceTypeGeneral=one.general_type)
    yield _list("subjects", [_element("subject", word, xml_lang="en") for word in one.keywords])
    yield _list("contributors", list(_datacite_contributors(one)))
    yield _list("dates", list(_datacite_dates(one)))
    if one.language:
        yield _element("language", one.language)
    address = _element("alternateIdentifier", one.landing, alternateIdentifierType="URL")
    yield _list("alternateIdentifiers", [address] if one.landing else [])
    yield _list(
        "relatedIdentifiers",
        [
            _element("relatedIdentifier", it.identifier, relatedIdentifierType=it.kind, relationType=it.relation)
            for it in one.related
        ],
    )
    yield _list("sizes", [_element("size", _size(one.size))] if one.size else [])
    yield _list("formats", [_element("format", name) for name in one.formats])
    if one.version:
        yield _element("version", one.version)
    yield _list("rightsList", list(_datacite_rights(one)))
    yield _list(
        "descriptions",
        [
            _element("description", text.value, xml_lang=text.language, descriptionType="Abstract")
            for text in one.abstracts
        ],
    )
    yield _list("geoLocations", list(_datacite_place(one)))
    yield _list(
        "fundingReferences",
        [
            "<fundingReference>"
            + _element("funderName", award.funder)
            + _element("awardNumber", award.number)
            + _element("awardTitle", award.title)
            + "</fundingReference>"
            for award in one.awards
        ],
    )


def _datacite_person(element: str, person: Person) -> str:
    family, _, given = person.name.partition(", ")
    parts = [_element(element, person.name, nameType="Personal")]
    parts += [_element("givenName", given), _element("familyName", family)]
    if person.orcid:
        scheme = {"nameIdentifierScheme": "ORCID", "schemeURI": "https://orcid.org"}
        parts.append(_element("nameIdentifier", f"https://orcid.org/{person.orcid}", **scheme))
    parts.append(_element("affiliation", person.affiliation))
    return "".join(parts)


def _datacite_titles(one: Description) -> Iterator[str]:
    for position, title in enumerate(one.titles):
        kind = {"titleType": "TranslatedTitle"} if position else {}
        yield _element("title", title.value, xml_lang=title.language, **kind)


def _datacite_publisher(one: Description) -> str:
    if one.ror is None:
        return _element("publisher", one.publisher)
    scheme = {"publisherIdentifierScheme": "ROR", "schemeURI": "https://ror.org"}
    return _element("publisher", one.publisher, publisherIdentifier=one.ror, **scheme)


def _datacite_contributors(one: Description) -> Iterator[str]:
    host = _element("contributorName", one.host, nameType="Organizational")
    yield f'<contributor contributorType="HostingInstitution">{host}</contributor>'
    if one.creators:
        contact = _datacite_person("contributorName", one.creators[-1])
        yield f'<contributor contributorType="ContactPerson">{contact}</contributor>'


def _datacite_dates(one: Description) -> Iterator[str]:
    yield _element("date", one.issued, dateType="Issued")
    if one.collected:
        yield _element("date", one.collected, dateType="Collected")
    if one.updated:
        yield _element("date", one.updated, dateType="Updated")
    if one.available:
        yield _element("date", one.available, dateType="Available")


def _datacite_rights(one: Description) -> Iterator[str]:
    if one.licence is not None:
        if one.licence.startswith("http"):
            yield _element("rights", "", rightsURI=one.licence)
        elif _SPDX.fullmatch(one.licence):
            scheme = {"rightsIdentifierScheme": "SPDX", "schemeURI": "https://spdx.org/licenses/"}
            yield _element("rights", one.licence, rightsIdentifier=one.licence, **scheme)
        else:
            yield _element("rights", one.licence)
    term, words = _ACCESS[one.access]
    yield _element("rights", words, rightsURI=term)


def _datacite_place(one: Description) -> Iterator[str]:
    shape = ""
    if one.place:
        latitude, longitude = one.place
        point = _element("pointLongitude", str(longitude)) + _element("pointLatitude", str(latitude))
        shape = f"<geoLocationPoint>{point}</geoLocationPoint>"
    elif one.box:
        names = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
        sides = dict(zip(names, one.box, strict=True))
        order = ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude")
        shape = _list("geoLocationBox", [_element(name, str(sides[name])) for name in order])
    if one.place_name:
        yield f"<geoLocation>{_element('geoLocationPlace', one.place_name)}{shape}</geoLocation>"


def _dublin_core(one: Description) -> Iterator[str]:
    yield from (_element("dc:title", text.value, xml_lang=text.language) for text in one.titles)
    yield from (_element("dc:creator", person.name) for person in one.creators)
    yield from (_element("dc:subject", word) for word in one.keywords)
    yield from (_element("dc:description", text.value, xml_lang=text.language) for text in one.abstracts)
    yield _element("dc:publisher", one.publisher)
    yield _element("dc:contributor", one.host)
    yield _element("dc:date", one.issued)
    yield _element("dc:type", _DCMI_TYPES.get(one.general_type, "Dataset"))
    if one.label and one.label != one.general_type:
        yield _element("dc:type", one.label)
    yield from (_element("dc:format", name) for name in one.formats)
    if one.size:
        yield _element("dc:format", _size(one.size))
    for address in (one.doi and f"https://doi.org/{one.doi}", one.landing, one.endpoint):
        if address:
            yield _element("dc:identifier", address)
    if one.language:
        yield _element("dc:language", one.language)
    for it in one.related:
        yield _element("dc:relation", f"https://doi.org/{it.identifier}" if it.kind == "DOI" else it.identifier)
    yield from (_element("dc:relation", f"info:eu-repo/grantAgreement/EC/HE/{award.number}") for award in one.awards
                if award.funder == "European Commission")  # fmt: skip
    yield from _dublin_coverage(one)
    if one.licence:
        yield _element("dc:rights", one.licence)
    yield _element("dc:rights", _ACCESS[one.access][0])
    if one.access == "embargo" and one.available:
        yield _element("dc:rights", f"info:eu-repo/date/embargoEnd/{one.available}")


def _dublin_coverage(one: Description) -> Iterator[str]:
    if one.place:
        yield _element("dc:coverage", f"name={one.place_name}; east={one.place[1]}; north={one.place[0]}")
    elif one.box:
        west, south, east, north = one.box
        box = f"northlimit={north}; southlimit={south}; westlimit={west}; eastlimit={east}"
        yield _element("dc:coverage", f"name={one.place_name}; {box}")
    if one.collected:
        yield _element("dc:coverage", one.collected)


def _size(size: int) -> str:
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
